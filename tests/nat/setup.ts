import { obstacle } from './network.ts';

export default function setup(): void {
  const sentence = obstacle();
  if (sentence === null) return;
  console.error(sentence);
  process.exit(1);
}
