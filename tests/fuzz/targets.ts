/**
 * Everything that reads bytes of others: the server, a peer, a link, the disk, a camera. Each target has good inputs to
 * begin from, and takes any bytes: it understands them or throws one of the two errors that bad input may cause.
 */
import { base64url, concat, EMPTY, fromUtf8, hex, utf8, Writer } from '../../src/lib/bytes.ts';
import { onSealed, dial } from '../../src/lib/conversation/dial.ts';
import { padded } from '../../src/lib/backup/frames.ts';
import { place } from '../../src/lib/conversation/apply.ts';
import { chachaOpen, chachaSeal, xchachaSeal } from '../../src/lib/crypto/primitives.ts';
import { openRecord, sealRecord } from '../../src/lib/crypto/record.ts';
import { openEnvelope, sealEnvelope } from '../../src/lib/protocol/envelope.ts';
import { answerJoin, answerReadC, joinReadB, joinReadD } from '../../src/lib/protocol/first-contact.ts';
import { decodeInvitation, encodeInvitation } from '../../src/lib/protocol/invitation.ts';
import { decodeMoveCode, encodeMoveCode } from '../../src/lib/protocol/move-code.ts';
import {
  answerReunion,
  readReunion,
  reunionReadB,
  startReunion,
  type Meeting
} from '../../src/lib/protocol/known-contact.ts';
import { matchesSafetyCode } from '../../src/lib/protocol/safety-number.ts';
import { openFrame, sealFrame, type Content } from '../../src/lib/protocol/session.ts';
import { rendezvous } from '../../src/lib/protocol/topics.ts';
import { openTransport, sealTransport } from '../../src/lib/protocol/transport.ts';
import { decodeEntry, encodeEntry, type Entry } from '../../src/lib/wire/content.ts';
import { decodeControl, encodeControl } from '../../src/lib/wire/control.ts';
import { decodeBody, encodeBody, HEADER_BYTES } from '../../src/lib/wire/frame.ts';
import { decodeMoving, encodeMoving } from '../../src/lib/wire/moving.ts';
import { decodeIceAnswer } from '../../src/lib/wire/ice-servers.ts';
import { decodeCandidates, decodeIce, encodeCandidates, encodeIce } from '../../src/lib/wire/ice.ts';
import {
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame
} from '../../src/lib/wire/signaling.ts';
import { backupFrom, backupOf, someBackup } from '../support/backups.ts';
import { completeFirstContact, iceBlock } from '../support/handshakes.ts';
import { seeded } from '../support/random.ts';
import { contacts, sessions } from '../support/sessions.ts';

export interface Target {
  readonly name: string;
  /** Good inputs. */
  readonly seeds: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => unknown;
  /** For a form that is unique: what was understood, written again, must be the input. */
  readonly write?: (value: never) => Uint8Array;
  /** What reading must not change. */
  readonly state?: unknown;
  /** Share of the inputs: where every input costs an X25519 there are fewer. */
  readonly weight: number;
}

export function targets(): readonly Target[] {
  const random = seeded('fuzz');
  const met = completeFirstContact('fuzz');
  const pair = contacts('fuzz');
  const at = rendezvous(pair.initiator.rdv, 80_000);
  const lower: Meeting = { keys: pair.initiator, place: at.topic, inBand: false };
  const upper: Meeting = { keys: pair.responder, place: at.topic, inBand: false };
  const ice = iceBlock(random);
  const backup = backupOf(someBackup());
  const a = startReunion(lower, random);
  const readA = readReunion(upper, a.message);
  const b = answerReunion(readA.state, ice, random);
  const known = reunionReadB(a.state, b.message).established;
  const { initiator, responder } = sessions('fuzz');
  const text: Content = { kind: 'message', data: utf8('text') };
  const hsid = random(8);
  const envelope = { kind: 'handshake', dir: 0, hsid, data: a.message } as const;
  const never = seeded('never used');

  const [log, prev] = [random(8), random(8)];
  const entry = (content: Entry['content']): Uint8Array =>
    encodeEntry({ log, seq: 3, prev, ts: 1_767_225_600_000, ttl: 60, content });
  const entries = [
    entry({ kind: 'text', text: 'Bonsoir 👋' }),
    entry({
      kind: 'seen',
      log: random(8),
      ranges: [
        [1, 2],
        [4, 9]
      ]
    }),
    entry({ kind: 'timer' }),
    entry({ kind: 'erase', log: random(8), seq: 5 }),
    entry({ kind: 'name', name: 'Zoë' }),
    entry({ kind: 'gone', hash: random(8) }),
    entry({ kind: 'text', text: 'Moi aussi', replyTo: { log: random(8), seq: 4 }, forwarded: true }),
    entry({ kind: 'once', text: 'psst' }),
    entry({ kind: 'edit', log: random(8), seq: 5, text: 'Bonsoir à toi' }),
    entry({ kind: 'reaction', log: random(8), seq: 5, emoji: '👍🏽' }),
    entry({ kind: 'forget' })
  ];
  const controls = [
    ...entries.map((bytes) => encodeControl({ kind: 'entry', entry: bytes })),
    encodeControl({ kind: 'typing' }),
    encodeControl({ kind: 'ack', position: { log: random(8), upto: 7 } }),
    encodeControl({ kind: 'sync', positions: [{ log: random(8), upto: 7, head: random(8) }] }),
    encodeControl({ kind: 'sync', positions: [] })
  ];
  const message = { header: random(HEADER_BYTES), sealed: random(40) };
  const bodies = [
    encodeBody({ kind: 'bind', version: 1, local: random(32), remote: random(32), message: null }),
    encodeBody({ kind: 'bind', version: 1, local: random(32), remote: random(32), message }),
    encodeBody({ kind: 'message', message }),
    encodeBody({ kind: 'rehandshake', step: 'a', data: a.message }),
    encodeBody({ kind: 'close', reason: 1 })
  ];
  const invitation = {
    flags: { many: true, askFirst: false, relayOnly: true },
    expiry: 29_000_000,
    publicKey: random(32),
    secret: random(16)
  };
  const sealing = at.frameKey;
  const recordKey = random(32);
  const [own, peer] = [random(30), random(30)];
  const dialing = dial(hsid, at, b.established, 'offer', true);
  const conversation = { peers: new Map([[hex(log), { upto: 2, head: prev }]]) };
  /** What the initiator's first frame has inside. */
  const inside = (content: Content): Uint8Array =>
    chachaOpen(
      initiator.session.sendKey,
      new Uint8Array(12),
      EMPTY,
      sealFrame(initiator.session, content).frame
    );

  return [
    {
      name: 'frame of a client, at the server',
      seeds: [
        encodeClientFrame({ kind: 'subscribe', topics: [random(32), random(32)] }),
        encodeClientFrame({ kind: 'unsubscribe', topics: [random(32)] }),
        encodeClientFrame({ kind: 'publish', topic: random(32), body: random(4_096) }),
        encodeClientFrame({ kind: 'ping' })
      ],
      read: decodeClientFrame,
      write: encodeClientFrame,
      weight: 4
    },
    {
      name: 'frame of the server, at a client',
      seeds: [
        encodeServerFrame({ kind: 'event', topic: random(32), body: random(4_096) }),
        encodeServerFrame({ kind: 'present', topic: random(32) }),
        encodeServerFrame({ kind: 'error', code: 2 }),
        encodeServerFrame({ kind: 'pong' })
      ],
      read: decodeServerFrame,
      write: encodeServerFrame,
      weight: 4
    },
    {
      name: 'body of a frame (envelope)',
      seeds: [sealEnvelope(at, envelope, random)],
      read: (bytes) => openEnvelope(at, bytes),
      state: at,
      weight: 2
    },
    {
      name: 'envelope of somebody with the frame key',
      seeds: [new Writer().u8(1).u8(0).bytes(hsid).u8(0).u8(1).u16(4).bytes(utf8('data')).done()],
      read: (bytes) => {
        const plain = concat(bytes.subarray(0, 4_056), new Uint8Array(Math.max(0, 4_056 - bytes.length)));
        const nonce = new Uint8Array(24);
        return openEnvelope(
          at,
          concat(nonce, xchachaSeal(sealing, nonce, concat(utf8('AP1/sig'), at.topic), plain))
        );
      },
      state: at,
      weight: 2
    },
    {
      name: 'first contact, message A',
      seeds: [met.a.message],
      read: (bytes) => answerJoin(met.inviter, bytes, never),
      state: met.inviter,
      weight: 0.1
    },
    {
      name: 'first contact, message B',
      seeds: [met.b.message],
      read: (bytes) => joinReadB(met.a.state, bytes),
      state: met.a.state,
      weight: 0.1
    },
    {
      name: 'first contact, message C',
      seeds: [met.c.message],
      read: (bytes) => answerReadC(met.b.state, bytes),
      state: met.b.state,
      weight: 1
    },
    {
      name: 'first contact, message D',
      seeds: [met.d.message],
      read: (bytes) => joinReadD(met.c.state, bytes),
      state: met.c.state,
      weight: 1
    },
    {
      name: 'first contact, message D of an inviter with the keys',
      seeds: [openTransport(met.c.state.split.transport, met.d.message).data],
      read: (bytes) => joinReadD(met.c.state, sealTransport(met.readC.state.split.transport, bytes).message),
      state: met.c.state,
      weight: 2
    },
    {
      name: 'known contact, message A',
      seeds: [a.message],
      read: (bytes) => readReunion(upper, bytes),
      state: upper,
      weight: 0.3
    },
    {
      name: 'known contact, message B',
      seeds: [b.message],
      read: (bytes) => reunionReadB(a.state, bytes),
      state: a.state,
      weight: 0.1
    },
    {
      name: 'sealed frame through the server',
      seeds: [sealTransport(known.transport, concat(Uint8Array.of(1), encodeIce(ice))).message],
      read: (bytes) => onSealed(dialing, bytes),
      state: dialing,
      weight: 2
    },
    {
      name: 'sealed frame of a peer with the keys',
      seeds: [
        concat(Uint8Array.of(1), encodeIce(ice)),
        concat(Uint8Array.of(2), encodeCandidates(ice.candidates))
      ],
      read: (bytes) => onSealed(dialing, sealTransport(known.transport, bytes).message),
      state: dialing,
      weight: 2
    },
    {
      name: 'ICE block',
      seeds: [encodeIce(ice)],
      read: decodeIce,
      write: encodeIce,
      weight: 3
    },
    {
      name: 'ICE candidates',
      seeds: [encodeCandidates(ice.candidates), encodeCandidates([])],
      read: decodeCandidates,
      write: encodeCandidates,
      weight: 3
    },
    {
      name: 'frame of the channel',
      seeds: [sealFrame(initiator.session, text).frame],
      read: (bytes) => openFrame(responder.session, bytes, never),
      state: responder.session,
      weight: 3
    },
    {
      name: 'frame of a peer with the channel key',
      seeds: [
        inside(text),
        inside({ kind: 'bind', version: 1, local: random(32), remote: random(32), data: EMPTY }),
        inside({ kind: 'rehandshake', step: 'a', data: a.message }),
        inside({ kind: 'close', reason: 1 })
      ],
      read: (bytes) =>
        openFrame(
          responder.session,
          chachaSeal(initiator.session.sendKey, new Uint8Array(12), EMPTY, bytes.subarray(0, 16_368)),
          never
        ),
      state: responder.session,
      weight: 1
    },
    {
      name: 'body of the channel',
      seeds: bodies,
      read: decodeBody,
      write: encodeBody,
      weight: 4
    },
    {
      name: 'message of the channel (control)',
      seeds: controls,
      read: decodeControl,
      write: encodeControl,
      weight: 4
    },
    {
      name: 'entry',
      seeds: entries,
      read: (bytes) => {
        const read = decodeEntry(bytes);
        // What is kept of it has to be writable again, but for kinds that this version does not know.
        if (read.content.kind !== 'newer') encodeEntry(read);
        return read;
      },
      weight: 4
    },
    {
      name: 'entry, and its place in the log',
      seeds: entries,
      read: (bytes) => place(conversation as unknown as Parameters<typeof place>[0], bytes),
      state: conversation,
      weight: 2
    },
    {
      name: 'invitation link',
      seeds: [utf8(encodeInvitation(invitation))],
      read: (bytes) => decodeInvitation(textOf(bytes)),
      weight: 2
    },
    {
      name: 'code of a new device',
      seeds: [utf8(encodeMoveCode(invitation))],
      read: (bytes) => decodeMoveCode(textOf(bytes)),
      weight: 1
    },
    {
      name: 'words of moving',
      seeds: [
        encodeMoving({ kind: 'offer', version: 1, length: 65_536 }),
        encodeMoving({ kind: 'part', bytes: random(200) }),
        encodeMoving({ kind: 'got', upto: 64_000 }),
        encodeMoving({ kind: 'stop', reason: 'full' })
      ],
      read: decodeMoving,
      weight: 4
    },
    {
      name: 'invitation link, by its bytes',
      seeds: [
        Uint8Array.from(atob(encodeInvitation(invitation).replaceAll('-', '+').replaceAll('_', '/')), (c) =>
          c.charCodeAt(0)
        )
      ],
      read: (bytes) => decodeInvitation(base64url(bytes)),
      write: (value) =>
        Uint8Array.from(atob(encodeInvitation(value).replaceAll('-', '+').replaceAll('_', '/')), (c) =>
          c.charCodeAt(0)
        ),
      weight: 2
    },
    {
      name: 'ICE servers',
      seeds: [
        utf8('{"ttl":9,"iceServers":[{"urls":["turn:a:1?transport=tcp"],"username":"1:a","credential":"b"}]}')
      ],
      read: (bytes) => decodeIceAnswer(textOf(bytes)),
      weight: 2
    },
    {
      name: 'record of the disk',
      seeds: [sealRecord(recordKey, utf8('rows/1'), utf8('record'), random)],
      read: (bytes) => openRecord(recordKey, utf8('rows/1'), bytes),
      weight: 2
    },
    {
      name: 'backup, under a passphrase that its writer knows',
      // Without its zeros, in which most changes would fall.
      seeds: [backup.subarray(0, backup.findLastIndex((byte) => byte !== 0) + 1)],
      read: (bytes) => {
        const plain = new Uint8Array(padded(bytes.length + 1));
        plain.set(bytes);
        return backupFrom(plain);
      },
      weight: 0.1
    },
    {
      name: 'scanned safety code',
      seeds: [concat(Uint8Array.of(0x41, 0x50, 1), own, peer)],
      read: (bytes) => matchesSafetyCode(bytes, own, peer),
      weight: 2
    }
  ];
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return base64url(bytes);
  }
}
