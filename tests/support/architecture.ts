/**
 * Who may import whom, and what the pure rooms must not do: the rules of the house over the text of its source files.
 * A violation is a sentence that names the file and the rule.
 */
import { posix } from 'node:path';
import ts from 'typescript';

/** Texts by path from the top level, as `src/lib/bytes.ts`. */
export type Sources = ReadonlyMap<string, string>;

interface Import {
  /** Path of a source file, or the name of a package. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const MAX_LINES = 400;

/** The rooms that a room may import from, beside itself and the root files, which everybody may. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  root: [],
  wire: [],
  crypto: [],
  protocol: ['crypto', 'wire'],
  conversation: ['protocol', 'crypto', 'wire'],
  transport: ['wire'],
  storage: [],
  backup: ['conversation', 'crypto', 'wire'],
  engine: ['backup', 'conversation', 'protocol', 'crypto', 'wire', 'transport', 'storage'],
  ui: ['engine'],
  routes: ['ui', 'engine', 'shell'],
  shell: ['ui'],
  signaling: ['wire']
};

const ROOT = ['bytes', 'errors', 'clock', 'backoff'].map((name) => `src/lib/${name}.ts`);
/** The server is another program: it shares the frames with the app, and what these need. */
const ROOT_FOR_SIGNALING = ['src/lib/bytes.ts', 'src/lib/errors.ts'];
const PURE = ['root', 'wire', 'crypto', 'protocol', 'conversation'];
const VISIBLE = ['ui', 'routes', 'shell'];

/** Packages that exactly one file may import; where a second one is named, it may import types. */
const ONE_IMPORTER: readonly { package: RegExp; file: string; types?: string }[] = [
  { package: /^@noble\//, file: 'src/lib/crypto/primitives.ts' },
  { package: /^simple-peer/, file: 'src/lib/transport/webrtc.ts' },
  { package: /^idb$/, file: 'src/lib/storage/indexeddb.ts', types: 'src/lib/storage/schema.ts' },
  { package: /^age-encryption$/, file: 'src/lib/backup/age.ts' }
];
const ADAPTERS = [
  'storage/indexeddb',
  'storage/key-file-opfs',
  'backup/in-worker',
  'transport/webrtc',
  'transport/websocket',
  'backup/in-worker'
].map((name) => `src/lib/${name}.ts`);
const COMPOSITION_ROOT = 'src/lib/engine/boot.ts';
const FRAMEWORK = /^(?:\$app|\$service-worker|svelte|workbox-)/;

/** Names that bring time, chance or the outside world into a room that must have none of them. */
const IMPURE = new Set([
  ...['console', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['document', 'globalThis', 'process', 'fetch', 'localStorage', 'indexedDB', 'navigator']
]);
const IMPURE_PROPERTIES = new Set(['Date.now', 'Math.random', 'crypto.getRandomValues', 'crypto.subtle']);

export function violations(sources: Sources): string[] {
  const found: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [path, text] of sources) {
    const room = roomOf(path);
    if (room === null) {
      found.push(`${path} lies in no room that the rules know`);
      continue;
    }
    const script = scriptOf(path, text);
    const imports = importsOf(script, path);
    graph.set(
      path,
      imports.map(({ target }) => target).filter((target) => sources.has(target))
    );
    for (const entry of imports) found.push(...checkImport(path, room, entry, sources));
    if (PURE.includes(room)) found.push(...impurities(script, path));
    found.push(...checkText(path, text));
  }
  for (const { package: name, file } of ONE_IMPORTER) {
    const script = sources.get(file);
    if (script === undefined || !importsOf(script, file).some(({ target }) => name.test(target))) {
      found.push(`${file} does not import ${String(name)}: the rule about its one importer is out of date`);
    }
  }
  return [...found, ...cycles(graph)];
}

function roomOf(path: string): string | null {
  if (ROOT.includes(path)) return 'root';
  if (/^src\/[^/]+$/.test(path)) return 'shell';
  if (path.startsWith('signaling/')) return 'signaling';
  if (path.startsWith('src/routes/')) return 'routes';
  const room = /^src\/lib\/([^/]+)\//.exec(path)?.[1];
  return room !== undefined && room in MAY_IMPORT ? room : null;
}

function checkImport(path: string, room: string, { target, typeOnly }: Import, sources: Sources): string[] {
  if (!/^(?:src|signaling)\//.test(target)) return checkPackage(path, room, target, typeOnly);
  // Compiled from the messages when the app is built or checked.
  if (target.startsWith('src/lib/ui/i18n/compiled/')) {
    return VISIBLE.includes(room) ? [] : [`${path} imports messages: ${room} speaks no language`];
  }
  if (!sources.has(target)) return [`${path} imports ${target}, which does not exist`];
  const other = roomOf(target);
  if (other === null || other === room) return [];
  const allowed =
    other === 'root'
      ? room !== 'signaling' || ROOT_FOR_SIGNALING.includes(target)
      : MAY_IMPORT[room]?.includes(other) === true;
  const found = allowed ? [] : [`${path} imports ${target}: ${room} must not import from ${other}`];
  if (ADAPTERS.includes(target) && path !== COMPOSITION_ROOT) {
    found.push(`${path} imports ${target}: only ${COMPOSITION_ROOT} names real adapters`);
  }
  return found;
}

function checkPackage(path: string, room: string, name: string, typeOnly: boolean): string[] {
  const found: string[] = [];
  for (const { package: pattern, file, types } of ONE_IMPORTER) {
    if (!pattern.test(name) || path === file || (path === types && typeOnly)) continue;
    found.push(`${path} imports ${name}: only ${file} may`);
  }
  if (FRAMEWORK.test(name) && !VISIBLE.includes(room)) {
    found.push(`${path} imports ${name}: only ui, routes and the service worker know the framework`);
  }
  if ((name.startsWith('node:') || name === 'ws') && room !== 'signaling') {
    found.push(`${path} imports ${name}: only signaling runs in Node`);
  }
  return found;
}

function checkText(path: string, text: string): string[] {
  const found: string[] = [];
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES) {
    found.push(`${path} has ${String(lines)} lines: no file has more than ${String(MAX_LINES)}`);
  }
  const origin = foreignOrigin(text);
  if (origin !== null && path.startsWith('src/')) {
    found.push(`${path} names ${origin}: nothing is loaded from another origin`);
  }
  return found;
}

function foreignOrigin(text: string): string | null {
  const code = text
    .replace(/<!--[^]*?-->/g, '')
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')
    // The name of a language, which nobody fetches.
    .replaceAll('http://www.w3.org/2000/svg', '');
  return /(?:https?|wss?):\/\/[^\s'"`)]*|(?<=["'(])\/\/\w[^\s'"`)]*/.exec(code)?.[0] ?? null;
}

/** The script of a component, with the lines of its markup left empty; any other file as it is. */
function scriptOf(path: string, text: string): string {
  if (!path.endsWith('.svelte')) return text;
  return [...text.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, script]) => script ?? '').join('\n');
}

function importsOf(script: string, path: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) {
      found.push({ target: resolve(path, specifier.text), typeOnly });
    }
  };
  walk(script, path, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    }
  });
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = clause;
  return (
    name === undefined &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((element) => element.isTypeOnly)
  );
}

function resolve(from: string, written: string): string {
  // How Vite gives it, as in `worker.ts?worker&url`.
  const specifier = written.replace(/\?.*$/, '');
  if (specifier.startsWith('$lib/')) return `src/lib/${specifier.slice(5)}`;
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
}

function impurities(script: string, path: string): string[] {
  const found = new Set<string>();
  walk(script, path, (node) => {
    if (ts.isAwaitExpression(node)) found.add('await');
    else if (node.kind === ts.SyntaxKind.AsyncKeyword) found.add('async');
    else if (ts.isPropertyAccessExpression(node)) {
      const name = node.getText();
      if (IMPURE_PROPERTIES.has(name)) found.add(name);
    } else if (ts.isNewExpression(node) && node.expression.getText() === 'Date') {
      if ((node.arguments?.length ?? 0) === 0) found.add('new Date()');
    } else if (ts.isIdentifier(node) && IMPURE.has(node.text) && !isProperty(node)) found.add(node.text);
  });
  return [...found].map((name) => `${path} uses ${name}: ${String(roomOf(path))} is pure`);
}

/** A name after a dot or before a colon belongs to somebody's object. */
function isProperty({ parent, text }: ts.Identifier): boolean {
  return (
    ((ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) &&
      parent.name.getText() === text) ||
    ts.isPropertySignature(parent)
  );
}

function walk(script: string, path: string, visit: (node: ts.Node) => void): void {
  const each = (node: ts.Node): void => {
    visit(node);
    // Modifiers such as `async` are children too.
    ts.forEachChild(node, each);
  };
  each(ts.createSourceFile(path, script, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS));
}

/** Each cycle once, as `a -> b -> a`. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push(`${[...trail.slice(at), path].join(' -> ')}: imports go in a circle`);
    if (at >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
