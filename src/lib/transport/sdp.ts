/**
 * Between a browser's SDP (RFC 8866, RFC 8839, RFC 8841) and the binary fields that travel. Text from the other side
 * never reaches the browser: its SDP is built here, from a fixed template with one application section.
 */
import { fromHex, hex } from '../bytes.ts';
import { WireError } from '../errors.ts';
import { isCandidate, type Candidate, type IceBlock } from '../wire/ice.ts';

/** What a browser's own description says, without candidates. @throws WireError when it says too little. */
export function parseDescription(sdp: string): IceBlock {
  const value = (name: string): string => {
    const line = new RegExp(`^a=${name}:(.*)$`, 'm').exec(sdp)?.[1];
    if (line === undefined) throw new WireError(`no ${name} in the description`);
    return line.trim();
  };
  const setup = value('setup');
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive') throw new WireError('setup');
  return {
    ufrag: value('ice-ufrag'),
    pwd: value('ice-pwd'),
    fingerprint: parseFingerprint(sdp),
    setup,
    candidates: []
  };
}

/** The SHA-256 certificate fingerprint of a description, 32 bytes. */
export function parseFingerprint(sdp: string): Uint8Array {
  const digits = /^a=fingerprint:sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})\s*$/im.exec(sdp)?.[1];
  if (digits === undefined) throw new WireError('no fingerprint in the description');
  return fromHex(digits.replaceAll(':', ''));
}

/** The description that a browser is given of its peer. */
export function buildDescription(ice: IceBlock): string {
  const fingerprint = hex(ice.fingerprint)
    .toUpperCase()
    .replace(/(..)(?!$)/g, '$1:');
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    `a=ice-ufrag:${ice.ufrag}`,
    `a=ice-pwd:${ice.pwd}`,
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${fingerprint}`,
    `a=setup:${ice.setup}`,
    'a=mid:0',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    ''
  ].join('\r\n');
}

const CANDIDATE =
  /^(?:a=)?candidate:(\d{1,10}) 1 (udp|tcp) (\d{1,10}) (\S{1,64}) (\d{1,5}) typ (host|srflx|prflx|relay)(?: |$)/i;

/** A candidate that a browser found (RFC 8839, section 5.1); null: one that is not sent, the empty last one too. */
export function parseCandidate(line: string): Candidate | null {
  const match = CANDIDATE.exec(line);
  if (!match) return null;
  const [, foundation, protocol, priority, address = '', port, type] = match;
  const candidate: Candidate = {
    type: type?.toLowerCase() as Candidate['type'],
    protocol: protocol?.toLowerCase() as Candidate['protocol'],
    address,
    port: Number(port),
    priority: Number(priority),
    foundation: Number(foundation)
  };
  return isCandidate(candidate) ? candidate : null;
}

/**
 * What Chromium takes a network for whose price it is not told. It hears the true one with the first packet that the other
 * side sends from there; without a word of it here, a way that was never used from there would be the cheaper one: the
 * relay beside a direct way that works.
 */
const UNKNOWN_COST = 999;

/** The line that a browser is given. A related address is demanded by the grammar and needed by nobody. */
export function buildCandidate(candidate: Candidate): string {
  const { foundation, protocol, priority, address, port, type } = candidate;
  const related = type === 'host' ? '' : ' raddr 0.0.0.0 rport 0';
  const tcp = protocol === 'tcp' ? ' tcptype active' : '';
  return `candidate:${String(foundation)} 1 ${protocol} ${String(priority)} ${address} ${String(port)} typ ${type}${related}${tcp} network-cost ${String(UNKNOWN_COST)}`;
}
