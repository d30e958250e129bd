/**
 * What a browser must know of the other to reach it (protocol, section 5), in a form that is rebuilt into SDP and
 * never passed on as text: every string here has a character set that cannot end an SDP line or add a field to it.
 *
 *   ICE block = ufrag | pwd | DTLS fingerprint 32 | setup u8 | candidates
 *   candidates = m u8 <= 20 | m x (type u8 | proto u8 | address | port u16 | priority u32 | foundation u32)
 *
 * A string is a one-byte length and ASCII.
 */
import { fromUtf8, Reader, utf8, Writer } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';

export const MAX_CANDIDATES = 20;
const FINGERPRINT_BYTES = 32;
const MAX_ADDRESS_BYTES = 64;

// The wire numbers are the positions.
const TYPES = ['host', 'srflx', 'prflx', 'relay'] as const;
const PROTOCOLS = ['udp', 'tcp'] as const;
const SETUPS = ['actpass', 'active', 'passive'] as const;

export interface Candidate {
  readonly type: (typeof TYPES)[number];
  /** 'tcp' is always the active kind (RFC 6544, section 4.5): browsers make no other. */
  readonly protocol: (typeof PROTOCOLS)[number];
  /** An IPv4 or IPv6 address, or the mDNS name that stands for one. */
  readonly address: string;
  readonly port: number;
  readonly priority: number;
  /** Text in SDP (RFC 8839, section 5.1), a decimal number in all browsers; another one is not sent. */
  readonly foundation: number;
}

export interface IceBlock {
  readonly ufrag: string;
  readonly pwd: string;
  /** SHA-256 of the DTLS certificate. */
  readonly fingerprint: Uint8Array;
  readonly setup: (typeof SETUPS)[number];
  readonly candidates: readonly Candidate[];
}

// ice-char of RFC 8839, section 5.4, which gives the lower bounds; it allows 256, nobody sends more than 32.
const UFRAG = /^[0-9A-Za-z+/]{4,64}$/;
const PWD = /^[0-9A-Za-z+/]{22,128}$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^(?=(?:[^:]*:){2})[0-9A-Fa-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?$/;
const MDNS = /^[0-9A-Za-z-]{1,58}\.local$/;
/** RFC 8445, section 5.1.2. */
const MAX_PRIORITY = 2 ** 31 - 1;

/** Whether a candidate can be sent at all. Who gathers them leaves out those that cannot. */
export function isCandidate(candidate: Candidate): boolean {
  const { type, protocol, address, port, priority, foundation } = candidate;
  return (
    TYPES.includes(type) &&
    PROTOCOLS.includes(protocol) &&
    isAddress(address) &&
    isUint(port, 0xffff) &&
    isUint(priority, MAX_PRIORITY) &&
    priority > 0 &&
    isUint(foundation, 0xffffffff)
  );
}

export function encodeIce({ ufrag, pwd, fingerprint, setup, candidates }: IceBlock): Uint8Array {
  if (!UFRAG.test(ufrag) || !PWD.test(pwd) || fingerprint.length !== FINGERPRINT_BYTES) {
    throw new UsageError('ICE block');
  }
  return new Writer()
    .short(utf8(ufrag))
    .short(utf8(pwd))
    .bytes(fingerprint)
    .u8(SETUPS.indexOf(setup))
    .bytes(encodeCandidates(candidates))
    .done();
}

/** @throws WireError */
export function decodeIce(bytes: Uint8Array): IceBlock {
  const reader = new Reader(bytes);
  const ufrag = fromUtf8(reader.short(64));
  const pwd = fromUtf8(reader.short(128));
  const fingerprint = reader.take(FINGERPRINT_BYTES);
  const setup = SETUPS[reader.u8()];
  if (!UFRAG.test(ufrag) || !PWD.test(pwd) || setup === undefined) throw new WireError('ICE block');
  return { ufrag, pwd, fingerprint, setup, candidates: decodeCandidates(reader.rest()) };
}

export function encodeCandidates(candidates: readonly Candidate[]): Uint8Array {
  if (candidates.length > MAX_CANDIDATES) throw new UsageError('too many candidates');
  const writer = new Writer().u8(candidates.length);
  for (const candidate of candidates) {
    if (!isCandidate(candidate)) throw new UsageError('candidate');
    writer
      .u8(TYPES.indexOf(candidate.type))
      .u8(PROTOCOLS.indexOf(candidate.protocol))
      .short(utf8(candidate.address))
      .u16(candidate.port)
      .u32(candidate.priority)
      .u32(candidate.foundation);
  }
  return writer.done();
}

/** @throws WireError */
export function decodeCandidates(bytes: Uint8Array): readonly Candidate[] {
  const reader = new Reader(bytes);
  const count = reader.u8();
  if (count > MAX_CANDIDATES) throw new WireError('too many candidates');
  const candidates = Array.from({ length: count }, () => readCandidate(reader));
  reader.end();
  return candidates;
}

function readCandidate(reader: Reader): Candidate {
  const type = TYPES[reader.u8()];
  const protocol = PROTOCOLS[reader.u8()];
  if (type === undefined || protocol === undefined) throw new WireError('candidate');
  const candidate: Candidate = {
    type,
    protocol,
    address: fromUtf8(reader.short(MAX_ADDRESS_BYTES)),
    port: reader.u16(),
    priority: reader.u32(),
    foundation: reader.u32()
  };
  if (!isCandidate(candidate)) throw new WireError('candidate');
  return candidate;
}

function isAddress(address: string): boolean {
  return IPV4.test(address) || IPV6.test(address) || MDNS.test(address);
}

function isUint(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
