import { describe, expect, test } from 'vitest';
import { commandOf, isApple, neighbour, type Press } from '../../../src/lib/ui/shortcuts.ts';

const press = (key: string, held: Partial<Press> = {}): Press => ({
  key,
  code: key.length === 1 ? `Key${key.toUpperCase()}` : key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held
});
const ctrl = { ctrlKey: true };
const meta = { metaKey: true };
const alt = { altKey: true };

describe('a shortcut', () => {
  test('is Ctrl, or the command key of a Mac, and never the other one', () => {
    for (const [key, command] of [
      ['k', 'switch'],
      ['f', 'find'],
      ['n', 'new'],
      ['/', 'help']
    ] as const) {
      expect(commandOf(press(key, ctrl), false)).toBe(command);
      expect(commandOf(press(key, meta), true)).toBe(command);
      expect(commandOf(press(key, meta), false)).toBeNull();
      expect(commandOf(press(key, ctrl), true)).toBeNull();
    }
  });

  test('is the slash where the slash needs Shift, and nothing else with Shift', () => {
    expect(commandOf(press('/', { ...ctrl, shiftKey: true }), false)).toBe('help');
    expect(commandOf(press('K', { ...ctrl, shiftKey: true }), false)).toBeNull();
  });

  test('with Alt goes by the place of the key', () => {
    expect(commandOf(press('ArrowUp', alt), false)).toBe('previous');
    expect(commandOf(press('ArrowDown', alt), true)).toBe('next');
    expect(commandOf(press('˜', { ...alt, code: 'KeyN' }), true)).toBe('new');
    expect(commandOf(press('¬', { ...alt, code: 'KeyL' }), true)).toBe('lock');
  });

  test('is never a key that somebody writes with', () => {
    for (const key of ['k', 'f', 'n', '/', '?', 'ArrowUp', 'Enter', 'Escape']) {
      expect(commandOf(press(key), false)).toBeNull();
      expect(commandOf(press(key, { shiftKey: true }), false)).toBeNull();
    }
    // AltGr is Ctrl and Alt together.
    expect(commandOf(press('/', { ...ctrl, ...alt }), false)).toBeNull();
  });

  test('knows a Mac', () => {
    expect(['MacIntel', 'iPhone', 'Linux x86_64', 'Win32'].map(isApple)).toEqual([true, true, false, false]);
  });
});

test('the neighbours of a conversation, and the ends of the list', () => {
  const ids = ['a', 'b', 'c'];
  expect(neighbour(ids, 'b', 'previous')).toBe('a');
  expect(neighbour(ids, 'b', 'next')).toBe('c');
  expect(neighbour(ids, 'a', 'previous')).toBeNull();
  expect(neighbour(ids, 'c', 'next')).toBeNull();
  expect(neighbour(ids, null, 'next')).toBe('a');
  expect(neighbour(ids, null, 'previous')).toBe('c');
  expect(neighbour([], null, 'next')).toBeNull();
});
