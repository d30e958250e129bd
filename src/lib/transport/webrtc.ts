/**
 * Peers over WebRTC: the one file that imports simple-peer. It is never asked whether it is connected or closed; it
 * carries frames until it says `closed`, and acknowledgements decide what was delivered.
 */
import Peer from 'simple-peer';
import type { Clock } from '../clock.ts';
import { WireError } from '../errors.ts';
import type { IceServer } from '../wire/ice-servers.ts';
import { MAX_CANDIDATES, type Candidate, type IceBlock } from '../wire/ice.ts';
import { pathOf } from './path.ts';
import { MAX_QUEUED_BYTES, type PeerConnection, type PeerOptions } from './ports.ts';
import {
  buildCandidate,
  buildDescription,
  parseCandidate,
  parseDescription,
  parseFingerprint
} from './sdp.ts';

/** Candidates that are found within this time travel together. */
const GATHER_MS = 15;
/** Of these; the others are left for the ways through a router and a relay, which are found last. */
const MAX_HOSTS = 12;
/** Frames are 16,384 bytes at the most (protocol, section 8). */
const MAX_FRAME_BYTES = 16_384;

export interface WebRtcOptions extends PeerOptions {
  readonly clock: Clock;
  readonly iceServers: readonly IceServer[];
}

/** What simple-peer keeps to itself and its types leave out: needed for the certificates in use, and the way. */
interface Internals {
  readonly _pc?: RTCPeerConnection;
  readonly writableLength: number;
}

/** Connects one peer. Errors of the browser all end in `closed`. */
export function connectWebRtc(options: WebRtcOptions): PeerConnection {
  const { role, remote, relayOnly, clock, listener, iceServers } = options;
  let alive = true;
  let described = false;
  let opened = false;
  let found: Candidate[] = [];
  let [hosts, sent] = [0, 0];
  let cancelGather = (): void => undefined;

  const peer = new Peer({
    initiator: role === 'offer',
    trickle: true,
    // The default would name servers of other companies.
    config: {
      iceServers: iceServers.map((server) => ({ ...server, urls: [...server.urls] })),
      iceTransportPolicy: relayOnly ? 'relay' : 'all'
    },
    channelName: 'aparte',
    channelConfig: { ordered: true }
  });
  const internals = peer as unknown as Internals;

  const end = (): void => {
    if (!alive) return;
    alive = false;
    cancelGather();
    peer.destroy();
  };
  const fail = (): void => {
    if (!alive) return;
    end();
    listener({ kind: 'closed' });
  };
  const flush = (): void => {
    if (!alive || !described || found.length === 0) return;
    const candidates = found.slice(0, MAX_CANDIDATES - sent);
    found = [];
    sent += candidates.length;
    if (candidates.length > 0) listener({ kind: 'candidates', candidates });
  };
  const guarded = (work: () => void): void => {
    if (!alive) return;
    try {
      work();
    } catch {
      // simple-peer throws on bad input and on late calls; either way this connection is of no use.
      fail();
    }
  };

  peer.on('signal', (signal) => {
    guarded(() => {
      if (signal.type === 'offer' || signal.type === 'answer') {
        if (described || signal.sdp === undefined) return;
        const ice = parseDescription(signal.sdp);
        described = true;
        listener({ kind: 'local', ice });
        // Some browser may have found them first.
        flush();
      } else if (signal.type === 'candidate') {
        const candidate = parseCandidate(signal.candidate.candidate);
        if (!candidate) return;
        // The policy above keeps a browser from finding others. What hides somebody is asked twice.
        if (relayOnly && candidate.type !== 'relay') return;
        // Of TCP both ends are named active (sdp.ts): two that only call never meet.
        if (candidate.protocol === 'tcp' && candidate.type !== 'relay') return;
        if (candidate.type === 'host' && ++hosts > MAX_HOSTS) return;
        if (found.push(candidate) === 1) cancelGather = clock.after(GATHER_MS, flush);
      }
      // 'renegotiate' and 'transceiverRequest' would add media: there is none.
    });
  });
  const open = (): void => {
    if (opened) return;
    opened = true;
    const pc = internals._pc;
    if (!pc?.localDescription || !pc.remoteDescription) throw new WireError('no description');
    const local = parseFingerprint(pc.localDescription.sdp);
    listener({ kind: 'open', local, remote: parseFingerprint(pc.remoteDescription.sdp) });
  };
  peer.on('connect', () => {
    guarded(open);
  });
  peer.on('data', (data: Uint8Array) => {
    guarded(() => {
      // simple-peer says `connect` after it has asked for statistics; the other side's first frame may be faster.
      open();
      if (data.length > MAX_FRAME_BYTES) throw new WireError('frame too long');
      // A Buffer, whose slices alias its memory: copied into plain bytes at the border.
      listener({ kind: 'frame', frame: Uint8Array.from(data) });
    });
  });
  peer.on('iceStateChange', (state: RTCIceConnectionState) => {
    // Nothing comes through for some seconds: seldom good news, and half a minute before the browser gives up.
    if (alive && opened && state === 'disconnected') listener({ kind: 'stalled' });
  });
  peer.on('error', fail);
  peer.on('close', fail);

  const describe = (type: 'offer' | 'answer', ice: IceBlock): void => {
    guarded(() => {
      peer.signal({ type, sdp: buildDescription(ice) });
    });
    addCandidates(ice.candidates);
  };
  const addCandidates = (candidates: readonly Candidate[]): void => {
    for (const candidate of candidates) {
      const line = { candidate: buildCandidate(candidate), sdpMid: '0', sdpMLineIndex: 0 };
      guarded(() => {
        peer.signal({ type: 'candidate', candidate: line as RTCIceCandidate });
      });
    }
  };

  // The listener hears nothing before its owner has this handle.
  if (remote) {
    queueMicrotask(() => {
      describe('offer', remote);
    });
  }
  return {
    setAnswer(answer) {
      describe('answer', answer);
    },
    addCandidates,
    send(frame) {
      guarded(() => {
        // Its stream holds frames back above 64 KiB in the channel; a peer that reads nothing is let go.
        peer.write(frame);
        if (internals.writableLength > MAX_QUEUED_BYTES) throw new WireError('peer does not read');
      });
    },
    async path() {
      // A connection that dies meanwhile has no way any more.
      const asked = alive && opened ? internals._pc?.getStats() : undefined;
      const report = await asked?.catch(() => undefined);
      return report ? pathOf(report) : null;
    },
    close: end
  };
}
