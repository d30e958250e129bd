import { describe, expect, test } from 'vitest';
import { plain } from '../../../src/lib/ui/marks.ts';
import { pieces, richText, type Link } from '../../../src/lib/ui/rich-text.ts';

function links(text: string): Link[] {
  return richText(text).filter((token) => token.kind === 'link');
}
const hrefs = (text: string): string[] => links(text).map(({ href }) => href);
const shown = (text: string): string =>
  richText(text)
    .map((token) => token.text)
    .join('');

describe('links in what was written', () => {
  test.each([
    ['see https://example.org/a?b=c#d.', 'https://example.org/a?b=c#d'],
    ['(http://example.org:8080/x)', 'http://example.org:8080/x'],
    ['go to example.org now', 'https://example.org/'],
    ['HTTPS://EXAMPLE.ORG/Path', 'https://example.org/Path'],
    ['write to anna@example.org, please', 'mailto:anna@example.org'],
    ['mailto:anna@example.org?bcc=eve@example.net&body=x', 'mailto:anna@example.org'],
    ['call +33 6 12 34 56 78!', 'tel:+33612345678'],
    ['call 06 12 34 56 78', 'tel:0612345678'],
    ['call (555) 123-4567', 'tel:5551234567'],
    ['« https://example.org/ »', 'https://example.org/'],
    ['先看 https://example.org/路', 'https://example.org/%E8%B7%AF']
  ])('%s', (text, href) => {
    expect(hrefs(text)).toEqual([href]);
    expect(shown(text)).toBe(text);
  });

  test('several, with the words between them', () => {
    const text = 'a.example.org then b@example.org then https://c.example.org/';
    expect(richText(text).map(({ kind, text: words }) => [kind, words])).toEqual([
      ['link', 'a.example.org'],
      ['text', ' then '],
      ['link', 'b@example.org'],
      ['text', ' then '],
      ['link', 'https://c.example.org/']
    ]);
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(document.domain)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'blob:https',
    'ftp://files',
    '//evil',
    'about:blank',
    'java\u0000script:alert(1)',
    'tel:112',
    '2026-11-22 14:02',
    '12345 67890 12345 67890 12345 67890',
    '1.5.0 or 192.168.1.1',
    '3,141,592.65',
    'https://',
    'https:///',
    'e.g. this',
    'Mr.Smith and Mrs.Jones'
  ])('no link: %s', (text) => {
    expect(hrefs(text)).toEqual([]);
    expect(shown(text)).toBe(text);
  });

  test('whatever surrounds it, only web, mail and phone are ever linked', () => {
    const schemes = ['javascript', 'data', 'file', 'vbscript', 'intent', 'aparte', 'ws', 'view-source'];
    for (const scheme of schemes) {
      for (const text of [`${scheme}:https://example.org/`, `${scheme}://example.org/x`]) {
        for (const href of hrefs(text)) expect(href).toMatch(/^https:\/\/example\.org\//);
      }
    }
  });

  test('a direction override or an invisible character makes no link of what it is in', () => {
    for (const hidden of ['\u202e', '\u2066', '\u200b', '\u200d', '\u00ad', '\ufeff', '\u2028']) {
      for (const { text, href } of links(`https://example.org/${hidden}gpj.exe`)) {
        expect(text).not.toContain(hidden);
        expect(href).toBe('https://example.org/');
      }
    }
  });

  test('a host of other letters is told by its punycode', () => {
    const [link] = links('https://аррӏе.com/login');
    expect(link).toMatchObject({ place: 'xn--80ak6aa92e.com', lookalike: true });
    expect(link?.href).toBe('https://xn--80ak6aa92e.com/login');
    expect(links('https://pаypal.com')[0]).toMatchObject({ lookalike: true });
    expect(links('https://café.example')[0]).toMatchObject({ lookalike: true, place: 'xn--caf-dma.example' });
    expect(links('https://example.org')[0]).toMatchObject({ lookalike: false, place: 'example.org' });
  });

  test('what stands before an @ does not pass for the host', () => {
    for (const { href } of links('https://example.org@evil.example/ and https://a:b@evil.example'))
      expect(href).not.toMatch(/@.*@|^https:\/\/[^/]*@/);
  });

  test('a look-alike slash or dot leads where it says', () => {
    for (const { href, place } of links('https://example.org\u2044evil.example https://example。org'))
      expect(new URL(href).hostname).toBe(place);
  });

  test('as long and as hostile as a message can be', () => {
    const hostile = [
      'a.'.repeat(4_000),
      'https://'.repeat(1_000),
      `https://example.org/${'('.repeat(7_900)}`,
      '*_~`'.repeat(2_000),
      '+1 2 3 '.repeat(1_100),
      'a@'.repeat(4_000),
      `https://${'a'.repeat(7_900)}.org`,
      '((((['.repeat(1_600)
    ];
    for (const text of hostile) expect(shown(text).length).toBeGreaterThan(text.length / 4);
  });
});

describe('marks', () => {
  const kinds = (text: string): [string, string][] =>
    richText(text).map(({ kind, text: words }) => [kind, words]);

  test('strong, emphasised, struck, code', () => {
    expect(kinds('a *b c* _d_ ~e~ `f*g*`')).toEqual([
      ['text', 'a '],
      ['strong', 'b c'],
      ['text', ' '],
      ['em', 'd'],
      ['text', ' '],
      ['s', 'e'],
      ['text', ' '],
      ['code', 'f*g*']
    ]);
  });

  test.each(['2*3*4', 'snake_case_name', '* item *', '5 * 4', '**', '___', '`', 'a*b', '~/x ~/y', 'x_'])(
    'no mark: %s',
    (text) => {
      expect(kinds(text)).toEqual([['text', text]]);
    }
  );

  test.each([
    ['a *b c* _d_ ~e~ `f*g*`', 'a b c d e f*g*'],
    ['2*3*4 snake_case_name * item *', '2*3*4 snake_case_name * item *'],
    ['see https://example.org/_a_b_/ *now*', 'see https://example.org/_a_b_/ now']
  ])('none are in one line: %s', (text, line) => {
    expect(plain(text)).toBe(line);
    expect(shown(text)).toBe(line);
  });

  test('code holds no link', () => {
    expect(hrefs('`https://example.org`')).toEqual([]);
  });
});

describe('a long address in a narrow bubble', () => {
  test.each([
    [
      'https://example.org/a/b?c=d&e=f.g#h',
      ['https://', 'example.', 'org/', 'a/', 'b?', 'c=', 'd&', 'e=', 'f.', 'g#h']
    ],
    ['https://example.org/', ['https://', 'example.', 'org/']],
    ['anna@example.org', ['anna@example.', 'org']],
    ['+33612345678', ['+33612345678']],
    ['a?&=..//b', ['a?&=..//', 'b']]
  ])('%s is broken behind what divides it', (address, expected) => {
    expect(pieces(address)).toEqual(expected);
    expect(pieces(address).join('')).toBe(address);
  });
});
