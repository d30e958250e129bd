/** A backup as a value: two conversations, one of them with something of everything in it. */
import { BackupWriter, readBackup, type Backup, type Kept } from '../../src/lib/backup/content.ts';
import { fromHex, hex } from '../../src/lib/bytes.ts';
import { keyPairFrom } from '../../src/lib/crypto/primitives.ts';
import { rowFromBytes } from '../../src/lib/conversation/log.ts';
import { NO_REACTIONS, type Conversation, type Row } from '../../src/lib/conversation/state.ts';
import { encodeSettings } from '../../src/lib/engine/records.ts';
import { NO_SETTINGS } from '../../src/lib/engine/api.ts';
import { encodeEntry, type Content } from '../../src/lib/wire/content.ts';
import { conversation } from './conversation.ts';
import { seeded } from './random.ts';

const OWN = '01'.repeat(8);
const PEER = '02'.repeat(8);

function row(
  log: string,
  seq: number,
  order: number | null,
  content: Content,
  more: Partial<Row> = {},
  ttl = 0
): Row {
  const [prev, ts, at] = [new Uint8Array(8), 1_000 + seq, 2_000 + seq];
  const bytes = encodeEntry({ log: fromHex(log), seq, prev, ts, ttl, content });
  const bare = { mine: log === OWN, seenAt: null, erasedBy: null, edits: [], reactions: NO_REACTIONS };
  return rowFromBytes({ ...bare, at, order, deadline: null, ...more, bytes });
}

function kept(seed: string, rows: readonly Row[], more: Partial<Conversation>): Kept {
  const random = seeded(`backup ${seed}`);
  const [own, peer, rdv, psk] = [random(32), random(32), random(32), random(32)];
  const contact = { own: keyPairFrom(own), peer, rdv, psk, retained: [random(32), random(32)] };
  return { conversation: { ...conversation(1), id: hex(random(16)), contact, ...more }, rows };
}

/** `different` is how its first row differs from a text that stays. */
export function someBackup({
  ttl = 0,
  content = { kind: 'text', text: 'first' }
}: Partial<Pick<Row, 'ttl' | 'content'>> = {}): Backup {
  const [log, head] = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(9)];
  const rows = [
    row(PEER, 1, 2, content, {}, ttl),
    row(OWN, 1, 3, { kind: 'timer' }, {}, 3_600),
    row(
      PEER,
      2,
      5,
      { kind: 'text', text: 'second', replyTo: { log, seq: 1 } },
      {
        seenAt: 5_000,
        edits: [{ text: 'read otherwise', at: 6_000 }],
        reactions: { mine: '👍', theirs: null }
      }
    ),
    row(OWN, 2, null, { kind: 'gone', hash: head }),
    row(OWN, 3, null, { kind: 'seen', log: fromHex(PEER), ranges: [[2, 2]] })
  ];
  const full = kept('full', rows, {
    ...{ trust: 'verified', relayOnly: true, invitation: 'ab'.repeat(32), title: 'Bob', peerName: 'Robert' },
    ...{
      draft: 'half a thought',
      timer: { ttl: 3_600, ts: 1_001 },
      nextOrder: 6,
      lastAt: 2_002,
      pinned: true
    },
    own: { id: log, seq: 3, head, acked: 1 },
    peers: new Map([[PEER, { upto: 2, head }]]),
    mutedUntil: Number.MAX_SAFE_INTEGER
  });
  const empty = kept('empty', [], { archived: true, mutedUntil: 7_000 });
  const settings = encodeSettings({ ...NO_SETTINGS, typing: false });
  return { at: 1_234, name: 'Alice', settings, conversations: [full, empty] };
}

/** Its plaintext. */
export function backupOf(backup: Backup): Uint8Array {
  const writer = new BackupWriter(backup);
  for (const { conversation: head, rows } of backup.conversations) {
    writer.conversation(head);
    for (const one of rows) writer.row(one);
  }
  return writer.done();
}

/** The same, back from it. @throws BackupError */
export function backupFrom(plain: Uint8Array): Backup {
  const steps = readBackup(plain);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
