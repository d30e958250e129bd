import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, hex, utf8 } from '../../../src/lib/bytes.ts';
import { WireError } from '../../../src/lib/errors.ts';
import {
  buildCandidate,
  buildDescription,
  parseCandidate,
  parseDescription,
  parseFingerprint
} from '../../../src/lib/transport/sdp.ts';
import {
  decodeIce,
  encodeCandidates,
  encodeIce,
  type Candidate,
  type IceBlock
} from '../../../src/lib/wire/ice.ts';
import { expectTotal } from '../../support/bytes.ts';

const FINGERPRINT =
  '0F:74:31:25:CB:A2:13:EC:28:6F:6D:2C:61:FF:5D:C2:BC:B9:DB:3D:98:14:8D:1A:BB:EA:33:0C:A4:60:A8:8E';

const CHROMIUM_OFFER = [
  'v=0',
  'o=- 3546004397921447048 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'a=extmap-allow-mixed',
  'a=msid-semantic: WMS',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:8hhY',
  'a=ice-pwd:asd88fgpdd777uzjYhagZg01',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=sctp-port:5000',
  'a=max-message-size:262144',
  ''
].join('\r\n');

// As Firefox 153 writes it: the fingerprint stands above the media section, and messages may be of any size.
const FIREFOX_ANSWER = [
  'v=0',
  'o=mozilla...THIS_IS_SDPARTA-99.0 6480899000159395065 0 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=group:BUNDLE 0',
  'a=ice-options:trickle',
  'a=msid-semantic:WMS *',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=sendrecv',
  'a=ice-pwd:ffeffdf99c23d119a91c644247563439',
  'a=ice-ufrag:fd041c0f',
  'a=mid:0',
  'a=setup:active',
  'a=sctp-port:5000',
  'a=max-message-size:1073741823',
  ''
].join('\r\n');

const block: IceBlock = {
  ufrag: '8hhY',
  pwd: 'asd88fgpdd777uzjYhagZg01',
  fingerprint: fromHex(FINGERPRINT.replaceAll(':', '')),
  setup: 'actpass',
  candidates: []
};

describe('descriptions', () => {
  test('of Chromium', () => {
    expect(parseDescription(CHROMIUM_OFFER)).toEqual(block);
  });

  test('of Firefox', () => {
    expect(parseDescription(FIREFOX_ANSWER)).toEqual({
      ...block,
      ufrag: 'fd041c0f',
      pwd: 'ffeffdf99c23d119a91c644247563439',
      setup: 'active'
    });
  });

  test.each([CHROMIUM_OFFER, FIREFOX_ANSWER])('fit into the block that travels', (sdp) => {
    const ice = parseDescription(sdp);
    expect(decodeIce(encodeIce(ice))).toEqual(ice);
  });

  test('are rebuilt from the template, line for line', () => {
    expect(buildDescription(block)).toBe(
      [
        'v=0',
        'o=- 1 1 IN IP4 127.0.0.1',
        's=-',
        't=0 0',
        'a=group:BUNDLE 0',
        'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
        'c=IN IP4 0.0.0.0',
        'a=ice-ufrag:8hhY',
        'a=ice-pwd:asd88fgpdd777uzjYhagZg01',
        'a=ice-options:trickle',
        `a=fingerprint:sha-256 ${FINGERPRINT}`,
        'a=setup:actpass',
        'a=mid:0',
        'a=sctp-port:5000',
        'a=max-message-size:262144',
        ''
      ].join('\r\n')
    );
  });

  test('parse inverts build', () => {
    expect(parseDescription(buildDescription(block))).toEqual(block);
    const answer = { ...block, setup: 'passive' } as const;
    expect(parseDescription(buildDescription(answer))).toEqual(answer);
  });

  test.each(['ice-ufrag', 'ice-pwd', 'setup', 'fingerprint'])('without %s are refused', (name) => {
    const sdp = CHROMIUM_OFFER.split('\r\n').filter((line) => !line.startsWith(`a=${name}:`));
    expect(() => parseDescription(sdp.join('\r\n'))).toThrow(WireError);
  });

  test.each([
    ['another hash', FINGERPRINT, 'sha-256', 'sha-1'],
    ['a byte less', FINGERPRINT, FINGERPRINT, FINGERPRINT.slice(3)],
    ['a byte more', FINGERPRINT, FINGERPRINT, `${FINGERPRINT}:00`],
    ['no hexadecimal', FINGERPRINT, '0F:', '0G:'],
    ['a role that is none', 'holdconn', 'a=setup:actpass', 'a=setup:holdconn']
  ])('with %s are refused', (_, __, good, bad) => {
    expect(() => parseDescription(CHROMIUM_OFFER.replace(good, bad))).toThrow(WireError);
  });

  test('a fingerprint may be in small letters', () => {
    const small = CHROMIUM_OFFER.replace(FINGERPRINT, FINGERPRINT.toLowerCase());
    expect(hex(parseFingerprint(small))).toBe(hex(block.fingerprint));
  });

  test('any text is a description or refused', () => {
    const lines = fc.constantFrom(...CHROMIUM_OFFER.split('\r\n'), ...FIREFOX_ANSWER.split('\r\n'));
    fc.assert(
      fc.property(fc.array(fc.oneof(lines, fc.string()), { maxLength: 20 }), (sdp) => {
        expectTotal(() => parseDescription(sdp.join('\r\n')));
      })
    );
  });

  test('whatever a peer may send, its browser is given only the lines of the template', () => {
    const names = buildDescription(block)
      .split('\r\n')
      .map((line) => line.replace(/(?<=^a=[a-z-]+:).*/, ''));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (noise, at) => {
        const bytes = encodeIce(block);
        bytes.set(noise.slice(0, bytes.length), Math.min(at, Math.max(0, bytes.length - noise.length)));
        let received: IceBlock;
        try {
          received = decodeIce(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          return;
        }
        const lines = buildDescription(received).split('\r\n');
        expect(lines.map((line) => line.replace(/(?<=^a=[a-z-]+:).*/, ''))).toEqual(names);
      })
    );
  });

  test.each([
    ['ufrag', 'abcd\r\na=fingerprint:sha-256 00'],
    ['ufrag', 'abcd\nm=video 9 UDP/TLS/RTP/SAVPF 96'],
    ['pwd', 'asd88fgpdd777uzjYhagZg01\r\na=ice-lite'],
    ['pwd', 'asd88fgpdd777uzjYhagZg01 x']
  ] as const)('a line in the %s does not get through the wire', (field, text) => {
    // Written past the encoder's own check, as a hostile peer would.
    const longer = { ...block, [field]: text.replace(/[^0-9A-Za-z+/]/g, '+') };
    const bytes = encodeIce(longer);
    const clean = new TextEncoder().encode(longer[field]);
    const at = Buffer.from(bytes).indexOf(clean);
    bytes.set(new TextEncoder().encode(text), at);
    expect(() => decodeIce(bytes)).toThrow(WireError);
  });
});

const HOST: Candidate = {
  type: 'host',
  protocol: 'udp',
  address: '192.168.1.7',
  port: 54_321,
  priority: 2_122_260_223,
  foundation: 842_163_049
};

describe('candidates', () => {
  test.each<[string, string, Partial<Candidate>]>([
    [
      'Chromium, host',
      'candidate:842163049 1 udp 2122260223 192.168.1.7 54321 typ host generation 0 ufrag 8hhY network-id 1 network-cost 10',
      {}
    ],
    [
      'Chromium, mDNS',
      'candidate:842163049 1 udp 2122260223 4b1f2a9c-58d4-4c58-9b51-1a0e4c3f2d11.local 54321 typ host generation 0 ufrag 8hhY network-cost 999',
      { address: '4b1f2a9c-58d4-4c58-9b51-1a0e4c3f2d11.local' }
    ],
    [
      'Chromium, server reflexive',
      'candidate:842163049 1 udp 1686052607 203.0.113.9 54321 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag 8hhY network-cost 999',
      { type: 'srflx', address: '203.0.113.9', priority: 1_686_052_607 }
    ],
    [
      'Chromium, relay over IPv6',
      'candidate:842163049 1 udp 41885439 2001:db8::5 54321 typ relay raddr 203.0.113.9 rport 54000 generation 0 ufrag 8hhY',
      { type: 'relay', address: '2001:db8::5', priority: 41_885_439 }
    ],
    [
      'Chromium, TCP',
      'candidate:842163049 1 tcp 1518280447 192.168.1.7 9 typ host tcptype active generation 0 ufrag 8hhY network-id 1',
      { protocol: 'tcp', port: 9, priority: 1_518_280_447 }
    ],
    [
      'Firefox, host',
      'candidate:0 1 UDP 2122252543 192.168.1.7 54321 typ host',
      { foundation: 0, priority: 2_122_252_543 }
    ],
    [
      'Firefox, mDNS',
      'candidate:1 1 UDP 2122252543 da691f43-a474-407a-867d-de35a41c3b5a.local 47518 typ host',
      {
        foundation: 1,
        priority: 2_122_252_543,
        address: 'da691f43-a474-407a-867d-de35a41c3b5a.local',
        port: 47_518
      }
    ],
    [
      'Firefox, TCP',
      'candidate:3 1 TCP 2105524479 192.168.1.7 9 typ host tcptype active',
      { foundation: 3, protocol: 'tcp', port: 9, priority: 2_105_524_479 }
    ],
    ['with its attribute name', 'a=candidate:842163049 1 udp 2122260223 192.168.1.7 54321 typ host', {}]
  ])('%s', (_, line, difference) => {
    expect(parseCandidate(line)).toEqual({ ...HOST, ...difference });
  });

  test.each([
    ['the empty one that ends gathering in Firefox', ''],
    ['the one that ends gathering', 'candidate:'],
    ['RTCP', 'candidate:842163049 2 udp 2122260223 192.168.1.7 54321 typ host'],
    ['another protocol', 'candidate:842163049 1 sctp 2122260223 192.168.1.7 54321 typ host'],
    ['another type', 'candidate:842163049 1 udp 2122260223 192.168.1.7 54321 typ nat64'],
    ['a type that goes on', 'candidate:842163049 1 udp 2122260223 192.168.1.7 54321 typ hostile'],
    ['a foundation of letters', 'candidate:abc 1 udp 2122260223 192.168.1.7 54321 typ host'],
    ['a port too high', 'candidate:842163049 1 udp 2122260223 192.168.1.7 65536 typ host'],
    ['no priority', 'candidate:842163049 1 udp 0 192.168.1.7 54321 typ host'],
    ['a host name', 'candidate:842163049 1 udp 2122260223 tracker.example 54321 typ host'],
    ['a name below .local', 'candidate:842163049 1 udp 2122260223 a.b.local 54321 typ host'],
    ['a zone', 'candidate:842163049 1 udp 2122260223 fe80::1%eth0 54321 typ host']
  ])('%s is not sent', (_, line) => {
    expect(parseCandidate(line)).toBeNull();
  });

  test('of a relay say nothing of whom it stands for', () => {
    const line =
      'candidate:842163049 1 udp 41885439 198.51.100.7 54321 typ relay raddr 203.0.113.9 rport 54000 generation 0';
    const candidate = parseCandidate(line);
    const travels = hex(encodeCandidates(candidate ? [candidate] : []));
    expect(travels).toContain(hex(utf8('198.51.100.7')));
    expect(travels).not.toContain(hex(utf8('203.0.113.9')));
    expect(travels).not.toContain((54_000).toString(16));
    expect(candidate && buildCandidate(candidate)).toContain('raddr 0.0.0.0 rport 0');
  });

  test('are rebuilt without what a browser added, and none is cheaper than another', () => {
    expect(buildCandidate(HOST)).toBe(
      'candidate:842163049 1 udp 2122260223 192.168.1.7 54321 typ host network-cost 999'
    );
    expect(buildCandidate({ ...HOST, type: 'relay', protocol: 'tcp', port: 9 })).toBe(
      'candidate:842163049 1 tcp 2122260223 192.168.1.7 9 typ relay raddr 0.0.0.0 rport 0 tcptype active network-cost 999'
    );
  });

  const candidates: fc.Arbitrary<Candidate> = fc.record({
    type: fc.constantFrom('host', 'srflx', 'prflx', 'relay'),
    protocol: fc.constantFrom('udp', 'tcp'),
    address: fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.uuid().map((name) => `${name}.local`)
    ),
    port: fc.integer({ min: 0, max: 0xffff }),
    priority: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    foundation: fc.integer({ min: 0, max: 2 ** 32 - 1 })
  });

  test('parse inverts build, and a line stays one line', () => {
    fc.assert(
      fc.property(candidates, (candidate) => {
        const line = buildCandidate(candidate);
        expect(parseCandidate(line)).toEqual(candidate);
        expect(line).toMatch(/^candidate:[\d\w .:-]+$/);
      })
    );
  });

  test('any line is a candidate that can be sent, or none', () => {
    const words = fc.constantFrom(
      'candidate:1',
      '1',
      'udp',
      'typ',
      'host',
      '::1',
      '\r\n',
      '127.0.0.1',
      'tcp',
      '9'
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 10 }), (line) => {
        const candidate = parseCandidate(line.join(' '));
        if (candidate) expect(parseCandidate(buildCandidate(candidate))).toEqual(candidate);
      })
    );
  });
});
