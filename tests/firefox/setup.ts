/** Builds the app, unless nobody here could open it. */
import build from '../support/build.ts';
import { firefoxPath, NO_FIREFOX } from '../support/firefox.ts';

export default function setup(): void {
  if (firefoxPath() === null) console.log(NO_FIREFOX);
  else build();
}
