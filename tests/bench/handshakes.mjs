/**
 * CPU time of the two handshakes, in Node, both sides together: every Noise message written and read, keys derived,
 * no network and no browser. First contact is XKpsk0+hfs (A, B, C, D), a reunion is KKpsk0+hfs (A, B); both with
 * X25519 and ML-KEM-768. Two people share this time, each on a device of their own.
 */
import { median, percentile, rounded } from './statistics.mjs';
import { withTypeScript } from './typescript.mjs';

/** Runs that warm the compiler up. */
const WARM_UP = 5;

export function handshakes({ runs }) {
  return withTypeScript(async (load) => {
    const { completeFirstContact, contactsOf, iceBlock } = await load('/tests/support/handshakes.ts');
    const { startReunion, readReunion, answerReunion, reunionReadB } = await load(
      '/src/lib/protocol/known-contact.ts'
    );
    const { random, topic: place, d, readD } = completeFirstContact('bench');
    const { initiator, responder } = contactsOf(d.established, readD.established);
    const ice = iceBlock(random);
    const reunion = () => {
      const a = startReunion({ keys: initiator, place, inBand: false }, random);
      const { state } = readReunion({ keys: responder, place, inBand: false }, a.message);
      reunionReadB(a.state, answerReunion(state, ice, random).message);
    };
    const first = measure(runs, (run) => completeFirstContact(`bench ${run}`));
    const again = measure(runs, reunion);
    const row = (name, { p50, p95 }) => [name, p50, p95];
    return {
      title: `handshakes: CPU time of both sides together, ms, ${runs} runs, Node ${process.version}`,
      rows: [
        ['', 'p50', 'p95'],
        row('first contact (XKpsk0+hfs)', first),
        row('reunion (KKpsk0+hfs)', again)
      ],
      result: { runs, firstContact: first, reunion: again }
    };
  });
}

function measure(runs, work) {
  for (let run = 0; run < WARM_UP; run++) work(-run);
  const times = [];
  for (let run = 1; run <= runs; run++) {
    const before = process.cpuUsage();
    work(run);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return { p50: rounded(median(times), 1), p95: rounded(percentile(times, 0.95), 1) };
}
