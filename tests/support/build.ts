/** Once before the end-to-end tests: builds the app and its server, unless APARTE_BUILD says that they are built. */
import { spawnSync } from 'node:child_process';
import { ROOT } from './server.ts';

export default function build(): void {
  if (process.env.APARTE_BUILD !== undefined) return;
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error('The app does not build.');
}
