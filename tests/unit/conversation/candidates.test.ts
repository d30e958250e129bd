/** Candidates that come through the server after the description: as many as anybody of ours sends, and no more. */
import { expect, test } from 'vitest';
import { concat } from '../../../src/lib/bytes.ts';
import { dial, onSealed } from '../../../src/lib/conversation/dial.ts';
import {
  answerReunion,
  readReunion,
  reunionReadB,
  startReunion
} from '../../../src/lib/protocol/known-contact.ts';
import { rendezvous } from '../../../src/lib/protocol/topics.ts';
import { sealTransport } from '../../../src/lib/protocol/transport.ts';
import { encodeCandidates, MAX_CANDIDATES, type Candidate } from '../../../src/lib/wire/ice.ts';
import { iceBlock } from '../../support/handshakes.ts';
import { seeded } from '../../support/random.ts';
import { contacts } from '../../support/sessions.ts';

const CANDIDATES = Uint8Array.of(2);
const candidate: Candidate = {
  ...{ type: 'host', protocol: 'udp', address: '192.0.2.1', port: 9 },
  ...{ priority: 1, foundation: 1 }
};

test('a peer that names addresses without end is heard for the first of them', () => {
  const random = seeded('candidates');
  const { initiator, responder } = contacts('candidates');
  const at = rendezvous(initiator.rdv, 80_000);
  const place = { place: at.topic, inBand: false };
  const a = startReunion({ keys: initiator, ...place }, random);
  const read = readReunion({ keys: responder, ...place }, a.message);
  const b = answerReunion(read.state, iceBlock(random), random);
  let { transport } = reunionReadB(a.state, b.message).established;
  let state = dial(random(8), at, b.established, 'offer', true);
  let told = 0;
  for (let i = 0; i < 50; i++) {
    const some = encodeCandidates(Array<Candidate>(5).fill(candidate));
    const sent = sealTransport(transport, concat(CANDIDATES, some));
    ({ transport } = sent);
    const [next, effects] = onSealed(state, sent.message);
    state = next;
    for (const effect of effects) if (effect.kind === 'add-candidates') told += effect.candidates.length;
  }
  expect(told).toBe(MAX_CANDIDATES);
});
