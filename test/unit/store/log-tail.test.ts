// Logs read in pieces: whole lines, new bytes only, and what happens to files meanwhile.
import { describe, expect, test } from 'vitest';
import { LogTail } from '../../../src/store/log-tail.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const LOG = '/w/log.txt';

function setUp(text?: string | Uint8Array) {
  const fs = new MemoryFileSystem();
  fs.write({ '/w/other': '' });
  if (text !== undefined) fs.write({ [LOG]: text });
  return { fs, tail: new LogTail(fs, LOG) };
}

/** Everything that can be read now. */
function all(tail: LogTail): string {
  let text = '';
  for (;;) {
    const piece = tail.read();
    text += piece.text;
    if (!piece.hasMore) return text;
  }
}

describe('a log that grows', () => {
  test('a line is given when it has its end, and bytes are read once', () => {
    const { fs, tail } = setUp();
    expect(tail.read()).toEqual({ text: '', hasMore: false });
    expect(tail.wasThere).toBe(false);
    fs.write({ [LOG]: 'one\ntw' });
    expect(tail.read()).toEqual({ text: 'one\n', hasMore: false });
    expect(tail.read()).toEqual({ text: '', hasMore: false });
    fs.appendFile(LOG, 'o\nthree');
    expect(tail.read()).toEqual({ text: 'two\n', hasMore: false });
    expect(tail.rest()).toBe('three');
    expect(tail.rest()).toBe('');
    // Where nothing is new, nothing is opened.
    expect(fs.count('readPart')).toBe(2);
    expect(fs.count('readText') + fs.count('readFile')).toBe(0);
  });

  test('a character that is cut in two is one again', () => {
    const bytes = new TextEncoder().encode('\ufeff€uro\n');
    const { fs, tail } = setUp(bytes.slice(0, 4));
    expect(tail.read().text).toBe('');
    fs.write({ [LOG]: bytes });
    expect(tail.read().text).toBe('\ufeff€uro\n');
  });

  test('one that is cut short is read again, one that is removed is told of once', () => {
    const { fs, tail } = setUp('one\ntwo\nthr');
    expect(all(tail)).toBe('one\ntwo\n');
    fs.write({ [LOG]: 'new\n' });
    expect(tail.read()).toEqual({ text: '', hasMore: true, fault: 'cut' });
    expect(all(tail)).toBe('new\n');
    fs.remove(LOG);
    expect(tail.read()).toEqual({ text: '', hasMore: false, fault: 'gone' });
    expect(tail.read()).toEqual({ text: '', hasMore: false });
  });
});

describe('a long log', () => {
  test('comes in pieces of whole lines', () => {
    const line = `${'x'.repeat(99)}\n`;
    const { fs, tail } = setUp(line.repeat(10_000));
    let pieces = 0;
    let text = '';
    for (let hasMore = true; hasMore; pieces++) {
      const piece = tail.read();
      expect(piece.text.endsWith('\n')).toBe(true);
      expect(piece.text.length).toBeLessThanOrEqual(256 * 1024 + 100);
      ({ hasMore } = piece);
      text += piece.text;
    }
    expect(text).toBe(line.repeat(10_000));
    expect(pieces).toBe(4);
    expect(fs.count('readPart')).toBe(4);
  });

  test('a line without an end is not kept for ever', () => {
    const { tail } = setUp('x'.repeat(3 * 1024 * 1024));
    const first = [tail.read(), tail.read(), tail.read(), tail.read(), tail.read()];
    expect(first.map(({ text }) => text.length)).toEqual([0, 0, 0, 0, 1280 * 1024]);
    expect(all(tail).length + tail.rest().length).toBe((3 * 1024 - 1280) * 1024);
  });
});

test('what the disk says is passed on', () => {
  const { fs, tail } = setUp('one\n');
  fs.failNext('readPart', 'EACCES');
  expect(() => tail.read()).toThrow('EACCES');
});
