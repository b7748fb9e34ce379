// Only text and colours reach the terminal.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { harmlessText, quoteName } from '../../../src/util/harmless-text.ts';

const ESC = '\u001b';
const COLOUR = new RegExp(`${ESC}\\[[0-9;:]*m`, 'g');

test.each([
  ['text, tabs, newlines and emoji', 'a\tb\nc é \u{1f469}\u200d\u{1f680}', 'a\tb\nc é \u{1f469}\u200d\u{1f680}'],
  ['colours, closed at the end of the line', `${ESC}[1;31mred\nplain`, `${ESC}[1;31mred${ESC}[0m\nplain`],
  [
    'colours that are closed already',
    `${ESC}[38:2::1:2:3mx${ESC}[0m y ${ESC}[32mz${ESC}[m`,
    `${ESC}[38:2::1:2:3mx${ESC}[0m y ${ESC}[32mz${ESC}[m`,
  ],
  ['too many numbers for a colour', `${ESC}[${'1;'.repeat(32)}1m`, `^[[${'1;'.repeat(32)}1m`],
  ['a title', `${ESC}]0;title\u0007`, '^[]0;title^G'],
  ['a link', `${ESC}]8;;http://x${ESC}\\x`, '^[]8;;http://x^[\\x'],
  ['the clipboard', `${ESC}]52;c;aGk=\u0007`, '^[]52;c;aGk=^G'],
  ['DCS and APC', `${ESC}P1$q${ESC}\\${ESC}_app${ESC}\\`, '^[P1$q^[\\^[_app^[\\'],
  ['clearing the screen', `${ESC}[2J${ESC}[H`, '^[[2J^[[H'],
  ['a lone ESC', `x${ESC}`, 'x^['],
  ['backspace, NUL, DEL', 'a\bb\0c\u007f', 'a^Hb^@c^?'],
  ['vertical tab and form feed', 'a\u000bb\u000cc', 'a^Kb^Lc'],
  ['C1', 'a\u009b31mb\u0085', 'a\\u009b31mb\\u0085'],
  ['text that changes direction', 'a\u202eb\u2066c\u200fd', 'a\\u202eb\\u2066c\\u200fd'],
  ['other separators of lines', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
  ['characters that are invisible by design', 'a\u{e0041}b\ufffbc', 'a\\u{e0041}b\\ufffbc'],
  ['half a surrogate pair', 'a\ud800b', 'a\\ud800b'],
  ['a line of Windows', 'a\r\nb\r\n', 'a\nb\n'],
  ['a progress bar', ' 1%\r50%\r100%\ndone', '100%\ndone'],
  ['a progress bar that wipes itself out', `50%\r${ESC}[0m\r\n`, '50%\n'],
  ['nothing but returns', 'a\n\r\r\nb', 'a\n\nb'],
])('%s', (_what, text, expected) => {
  expect(harmlessText(text)).toBe(expected);
});

test('without colours, where those are not wanted', () => {
  expect(harmlessText(`${ESC}[1mbold${ESC}[0m ${ESC}[2Jx`, { plain: true })).toBe('bold ^[[2Jx');
});

test('names are quoted as JSON does it, on one line', () => {
  expect(quoteName('plain name')).toBe('"plain name"');
  expect(quoteName('a"b\\c\nd\te')).toBe('"a\\"b\\\\c\\nd\\te"');
  expect(quoteName(`x${ESC}[31m\u009b\u202e\u007f\u2028`)).toBe('"x\\u001b[31m\\u009b\\u202e\\u007f\\u2028"');
  expect(quoteName('\u{e0041}\ud800')).toBe('"\\udb40\\udc41\\ud800"');
});

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    `${ESC}[31m`,
    `${ESC}[0m`,
    `${ESC}[m`,
    `${ESC}[2J`,
    `${ESC}]0;t`,
    ESC,
    '\r',
    '\n',
    '\r\n',
    '\t',
    '\u009b',
    '\u202e',
    '\ud800',
  ),
);
const anyText = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));

test('whatever comes in, only text, newlines, tabs and colours come out', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const out = harmlessText(text);
      const left = out.replace(COLOUR, '');
      expect(left).not.toMatch(/[\p{Cs}\p{Bidi_Control}\u2028\u2029]|(?![\n\t])\p{Cc}/u);
      expect(harmlessText(text, { plain: true })).not.toMatch(/(?![\n\t])\p{Cc}/u);
    }),
    { numRuns: 1000 },
  );
});

test('twice is the same as once, and every colour is closed on its line', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const once = harmlessText(text);
      expect(harmlessText(once)).toBe(once);
      for (const line of once.split('\n')) {
        const last = line.match(COLOUR)?.at(-1);
        if (last !== undefined) expect([`${ESC}[0m`, `${ESC}[m`]).toContain(last);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a quoted name reads back as the name and shows nothing harmful', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const quoted = quoteName(text);
      expect(JSON.parse(quoted)).toBe(text);
      expect(harmlessText(quoted)).toBe(quoted);
      expect(quoted).not.toContain('\n');
    }),
    { numRuns: 1000 },
  );
});
