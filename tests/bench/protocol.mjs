/**
 * The protocol in Node, without network, browser or disk, each beside the bare primitives that it cannot do without,
 * measured in the same run: handshakes (both sides together), messages one way (one ratchet chain) and ping-pong (a
 * ratchet step each). A message is sealed and opened through the session layer: ratchet, padding, channel cipher.
 *
 * The primitives of a message of 200 bytes, both sides together: KDF_CK (2 HMACs) and the message key (HKDF-Expand to 44
 * bytes: 2 HMACs) twice, ChaCha20-Poly1305 of 200 bytes twice and of 512 twice. A ratchet step adds on the receiving
 * side one key pair, two X25519 and two KDF_RK (3 HMACs each).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { median, rounded } from './statistics.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ROUND_MS = 300;

export async function protocol({ runs }) {
  const { cases, primitives } = await compiled();
  // In turns, so that whatever else the machine does hits all of them alike.
  const rates = Object.fromEntries(Object.keys(cases).map((name) => [name, { whole: [], bare: [] }]));
  for (const [name, work] of Object.entries(cases))
    for (const run of [work, primitives[name]]) rateOf(run, ROUND_MS);
  for (let round = 0; round < Math.min(runs, 10); round++) {
    for (const [name, work] of Object.entries(cases)) {
      rates[name].whole.push(rateOf(work, ROUND_MS));
      rates[name].bare.push(rateOf(primitives[name], ROUND_MS));
    }
  }
  const result = Object.fromEntries(
    Object.entries(rates).map(([name, { whole, bare }]) => {
      const ratio = rounded(median(bare.map((rate, at) => rate / whole[at])), 2);
      return [name, { perSecond: rounded(median(whole)), bare: rounded(median(bare)), ratio }];
    })
  );
  return {
    title: `protocol: both sides together, a second of CPU time, Node ${process.version}`,
    rows: [
      ['', 'whole', 'bare primitives', 'ratio'],
      ...Object.entries(result).map(([name, { perSecond, bare, ratio }]) => [name, perSecond, bare, ratio])
    ],
    result
  };
}

/** By CPU time, as what else runs on the machine is not the protocol's. */
function rateOf(work, ms) {
  const before = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  let count = 0;
  for (let now = 0; now < ms; now = spent()) {
    for (let i = 0; i < 4; i++) work();
    count += 4;
  }
  return (count * 1000) / spent();
}

/** Built as the app is, in one piece: a development server's module wrappers would be measured as well. */
async function compiled() {
  const output = await build({
    root,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: { ssr: join(root, 'tests/bench/protocol-work.ts'), write: false, target: 'es2022', minify: false }
  });
  const { output: chunks } = Array.isArray(output) ? output[0] : output;
  const folder = mkdtempSync(join(root, 'node_modules', '.aparte-bench-'));
  try {
    for (const chunk of chunks) writeFileSync(join(folder, chunk.fileName), chunk.code);
    return await import(pathToFileURL(join(folder, chunks[0].fileName)).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
