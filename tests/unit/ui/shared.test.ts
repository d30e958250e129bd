import { afterEach, describe, expect, test } from 'vitest';
import { findLink } from '../../../src/lib/ui/arrival.ts';
import {
  draftWith,
  forgetShared,
  keptShared,
  putSharedBack,
  sharedText,
  shareFragment,
  takeShared
} from '../../../src/lib/ui/shared.ts';
import { utf8Length } from '../../../src/lib/ui/text.ts';

afterEach(() => {
  forgetShared();
});

describe('shared text', () => {
  test('is title, text and address, each once, in their order', () => {
    expect(sharedText(['A title', 'A text', 'https://a.example/'])).toBe(
      'A title\nA text\nhttps://a.example/'
    );
    expect(sharedText(['A', 'See https://a.example/x', 'https://a.example/x'])).toBe(
      'A\nSee https://a.example/x'
    );
    expect(sharedText([null, undefined, 7, {}, '  ', 'only this '])).toBe('only this');
    expect(sharedText([])).toBe('');
  });

  test('has no controls and turns no line around; line ends are of one kind', () => {
    expect(sharedText(['a\u0000b\u001b[31m\u202ec\u2066d\ufeff'])).toBe('ab[31mcd');
    expect(sharedText(['one\r\ntwo\rthree\tfour'])).toBe('one\ntwo\nthree\tfour');
  });

  test('fits into a message, whatever was shared, and is cut between characters', () => {
    const long = sharedText(['é'.repeat(1_000_000), '😀'.repeat(9_000)]);
    expect(utf8Length(long)).toBeLessThanOrEqual(8_000);
    expect(utf8Length(long)).toBeGreaterThan(7_990);
    const cut = sharedText([`a${'😀'.repeat(9_000)}`]);
    expect(utf8Length(cut)).toBe(7_997);
    expect(cut.endsWith('😀')).toBe(true);
  });
});

describe('on its way to the page', () => {
  const told = (work: (history: History) => void): string[] => {
    const replaced: string[] = [];
    const replaceState = (_: unknown, __: string, url: string) => void replaced.push(url);
    work({ state: null, replaceState } as unknown as History);
    return replaced;
  };
  const visit = (hash: string): string[] =>
    told((history) => {
      takeShared({ hash, pathname: '/' } as Location, history);
    });

  test('it goes back into the address for the page that begins when the app is locked', () => {
    const lock = (): string[] =>
      told((history) => putSharedBack({ origin: 'https://a.example' } as Location, history));
    expect(lock()).toEqual([]);
    visit(shareFragment('not chosen yet'));
    expect(lock()).toEqual([`https://a.example/${shareFragment('not chosen yet')}`]);
    forgetShared();
    expect(lock()).toEqual([]);
  });

  test('it is in the fragment, goes from the address at once, and is there one time', () => {
    const text = 'A title\n100 % "quoted" #not a fragment & ünï';
    expect(visit(shareFragment(text))).toEqual(['/']);
    expect(keptShared()).toBe(text);
    forgetShared();
    expect(keptShared()).toBe('');
  });

  test('what our service worker has not written does no harm', () => {
    for (const hash of ['#share=%E0%A4%A', '#share=%', '#share=']) {
      expect(visit(hash)).toEqual(['/']);
      expect(keptShared()).toBe('');
    }
    visit(`#share=${encodeURIComponent('a\u202eb'.repeat(10_000))}`);
    expect(utf8Length(keptShared())).toBeLessThanOrEqual(8_000);
    for (const hash of ['', '#c=12', '#new']) expect(visit(hash)).toEqual([]);
  });

  test('it is added to what was written before', () => {
    expect(draftWith('', 'new')).toBe('new');
    expect(draftWith(' \n', 'new')).toBe('new');
    expect(draftWith('half a thought ', 'new')).toBe('half a thought\nnew');
  });
});

describe('a link in a text', () => {
  const secret = 'A'.repeat(78);
  const ours = 'https://aparte.example';

  test('is ours, another server’s, or none', () => {
    expect(findLink(`${ours}/join#${secret}`, ours)).toEqual({ kind: 'fragment', fragment: secret });
    expect(findLink(`Come: ${ours}/join/#${secret}, now`, ours)).toEqual({
      kind: 'fragment',
      fragment: secret
    });
    expect(findLink(`https://other.example:8443/join#${secret}`, ours)).toEqual({
      kind: 'foreign',
      host: 'other.example:8443'
    });
    for (const text of [
      '',
      'hello',
      ours,
      `${ours}/join`,
      `${ours}/join#short`,
      secret,
      `javascript:/join#${secret}`
    ])
      expect(findLink(text, ours), text).toEqual({ kind: 'none' });
  });

  test('of a look-alike is shown as what it is', () => {
    expect(findLink(`https://apаrte.example/join#${secret}`, ours)).toEqual({
      kind: 'foreign',
      host: 'xn--aprte-5ve.example'
    });
    expect(findLink(`${ours}@evil.example/join#${secret}`, ours)).toEqual({
      kind: 'foreign',
      host: 'evil.example'
    });
  });

  test('is looked for in a part of the text, however long it is', () => {
    for (const text of [
      'https://'.repeat(50_000),
      `https://${'a/join'.repeat(50_000)}`,
      'x'.repeat(1_000_000)
    ])
      expect(findLink(text, ours)).toEqual({ kind: 'none' });
  });
});
