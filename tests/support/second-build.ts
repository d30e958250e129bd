/** A release to come, for who has the one before open. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD } from './server.ts';

/** The same build with another description and another version: what a release changes, in little. Whoever asks removes it. */
export function secondBuild(): string {
  // Below the project, so that the compiled server finds its packages.
  const folder = mkdtempSync(join(BUILD, 'second-'));
  cpSync(join(BUILD, 'app'), join(folder, 'app'), { recursive: true });
  cpSync(join(BUILD, 'server'), join(folder, 'server'), { recursive: true });
  const version = /\d+\.\d+\.\d+\+[0-9a-f]{12}/;
  change(join(folder, 'app/service-worker.js'), version, '0.0.0+second');
  for (const page of ['index', 'join', 'settings']) {
    change(
      join(folder, `app/${page}.html`),
      /<meta\s+name="description"\s+content="[^"]*"/,
      '<meta name="description" content="the second build"'
    );
  }
  return folder;
}

function change(file: string, pattern: RegExp, replacement: string): void {
  const before = readFileSync(file, 'utf8');
  if (!pattern.test(before)) throw new Error(`${file} is not what this test takes it for`);
  writeFileSync(file, before.replace(pattern, replacement));
  // The server prefers the compressed ones.
  for (const extension of ['br', 'gz']) rmSync(`${file}.${extension}`, { force: true });
}
