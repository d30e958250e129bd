/** A camera that sees what a test holds before it: Chromium plays the file, from its start whenever it is opened. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright/test';
import { CHROMIUM_ARGUMENTS, chromiumPath } from './chromium.ts';

const WIDTH = 640;
const HEIGHT = 480;
const CODE = 400;

/** One for each worker, as each has a browser of its own. */
export const CAMERA_FILE = join(tmpdir(), `aparte-camera-${String(process.pid)}.y4m`);
/**
 * `test.use(CAMERA)`: a browser that has it and asks nobody. Not for all tests: a page that may use a camera shows its
 * addresses to the other side, so that what is said of the path is another.
 */
export const CAMERA = {
  launchOptions: {
    executablePath: chromiumPath(),
    args: [
      ...CHROMIUM_ARGUMENTS,
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${CAMERA_FILE}`
    ]
  }
};

/** The modules of a code that a page shows, read from its drawing: runs of a row, `M3 4h5v1h-5z`. */
export async function modulesOf(image: Locator): Promise<boolean[][]> {
  const side = Number((await image.getAttribute('viewBox'))?.split(' ')[2]);
  const path = (await image.locator('path').getAttribute('d')) ?? '';
  const rows = Array.from({ length: side }, () => Array.from({ length: side }, () => false));
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-?\d+z/g)) {
    rows[Number(y)]?.fill(true, Number(x), Number(x) + Number(run));
  }
  return rows;
}

/** From now on the camera sees these modules on a grey wall; null: the wall alone. */
export function holdBeforeCamera(modules: readonly (readonly boolean[])[] | null): void {
  const light = Buffer.alloc(WIDTH * HEIGHT, 170);
  if (modules !== null) {
    const scale = Math.floor(CODE / modules.length);
    const left = Math.floor((WIDTH - scale * modules.length) / 2);
    const top = Math.floor((HEIGHT - scale * modules.length) / 2);
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const dark = modules[Math.floor((y - top) / scale)]?.[Math.floor((x - left) / scale)];
        if (dark !== undefined) light[y * WIDTH + x] = dark ? 30 : 235;
      }
    }
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), light, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]);
  const header = Buffer.from(`YUV4MPEG2 W${String(WIDTH)} H${String(HEIGHT)} F10:1 Ip A1:1 C420mpeg2\n`);
  writeFileSync(CAMERA_FILE, Buffer.concat([header, frame, frame, frame]));
}
