// What is masked, and that nothing else is.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor, secretVariants } from '../../../src/util/redact.ts';

const masked = (secrets: string[], text: string) => new Redactor(secrets).text(text);

/** The output when the text comes in pieces that are cut at `cuts`. */
function maskedInPieces(secrets: string[], bytes: Uint8Array, cuts: readonly number[]): Buffer {
  const stream = new Redactor(secrets).stream();
  if (!stream) return Buffer.from(bytes);
  const out: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...cuts].map((one) => one % (bytes.length + 1)).sort((a, b) => a - b)) {
    out.push(stream.write(bytes.subarray(from, cut)));
    from = cut;
  }
  out.push(stream.write(bytes.subarray(from)), stream.end());
  return Buffer.concat(out);
}

describe('forms of a secret', () => {
  const secret = 'pa$$ w0rd/"é\'+x';
  const bytes = Buffer.from(secret);
  test.each([
    ['as it is', secret],
    ['base64', bytes.toString('base64')],
    ['base64 without padding', bytes.toString('base64').replace(/=+$/, '')],
    ['base64url', bytes.toString('base64url')],
    ['percent', encodeURIComponent(secret)],
    ['percent in lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ['as a form sends it', new URLSearchParams({ v: secret }).toString().slice(2)],
    ['JSON', JSON.stringify(secret).slice(1, -1)],
    ['JSON in ASCII', JSON.stringify(secret).slice(1, -1).replace('é', '\\u00e9')],
    ['hex', bytes.toString('hex')],
    ['hex in capitals', bytes.toString('hex').toUpperCase()],
    ['in shell quotes', `pa$$ w0rd/"é'\\''+x`],
  ])('%s', (_form, text) => {
    expect(masked([secret], `before ${text} after`)).toBe('before *** after');
  });

  test.each([0, 1, 2, 3, 4])('inside a longer base64 text, %i bytes from its start', (before) => {
    const whole = Buffer.concat([Buffer.alloc(before, 'u'), bytes, Buffer.from(':more')]).toString('base64');
    const out = masked([secret], whole);
    expect(out).toContain('***');
    // What remains are the bytes around it, and at each side at most one character that shares bits with it.
    const shown = out.split('***');
    expect(shown.map((part) => part.length).every((length) => length <= 10)).toBe(true);
  });

  test('in base64 that was wrapped', () => {
    const long = 'a secret that is longer than what fits into one line of base64 output';
    const wrapped = Buffer.from(long).toString('base64').replace(/.{20}/g, '$&\n');
    expect(masked([long], `${wrapped}\nend\n`)).toBe('***\nend\n');
  });

  test('over two lines with a backslash', () => {
    expect(masked(['correct-horse'], 'x correct-h\\\norse y')).toBe('x *** y');
  });

  test('each line of a key by itself', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\n}\nkqhkiG9w0BAQE\n-----END KEY-----\n';
    expect(masked([key], 'line kqhkiG9w0BAQE\n}\n')).toBe('line ***\n}\n');
    expect(masked([key], `all: ${key}`)).toBe('all: ***');
  });
});

describe('which bytes are masked', () => {
  test('the longest of several that begin alike', () => {
    expect(masked(['token', 'token-long'], 'token token-long tokenize')).toBe('*** *** ***ize');
  });

  test('all of two that overlap', () => {
    expect(masked(['abcdef', 'defghi'], 'x abcdefghi y')).toBe('x *** y');
  });

  test('characters mean themselves, not a pattern', () => {
    expect(masked(['a.c*[x]'], 'abcc[x] a.c*[x]')).toBe('abcc[x] ***');
  });

  test('nothing shorter than 4 bytes', () => {
    expect(secretVariants('abc').every((form) => form.length >= 4)).toBe(true);
    expect(masked(['abc', '', 'é'], 'abc é')).toBe('abc é');
  });

  test('nothing at all without secrets', () => {
    expect(new Redactor([]).stream()).toBeUndefined();
    expect(masked([], 'text')).toBe('text');
  });
});

describe('a stream', () => {
  const write = (stream: ReturnType<Redactor['stream']>, text: string) =>
    Buffer.from(stream?.write(Buffer.from(text)) ?? []).toString();

  test('holds back only what may be the beginning of a secret', () => {
    const stream = new Redactor(['secret-value']).stream();
    expect(write(stream, 'a line\nsecr')).toBe('a line\n');
    expect(write(stream, 'etly')).toBe('secretly');
    expect(write(stream, ' secret-valu')).toBe(' ');
    expect(write(stream, 'e!')).toBe('***!');
    expect(write(stream, 'secret-')).toBe('');
    expect(Buffer.from(stream?.end() ?? []).toString()).toBe('secret-');
  });

  test('does not pile up what repeats a secret for ever', () => {
    const stream = new Redactor(['aaaa']).stream();
    let out = write(stream, 'aaaa');
    for (let i = 0; i < 1000; i++) out += write(stream, 'a'.repeat(1000));
    out += Buffer.from(stream?.end() ?? []).toString();
    expect(out).toBe('***');
  });

  test('does not wait for ever for the end of a line', () => {
    const stream = new Redactor(['0123456789abcdef']).stream();
    expect(write(stream, '0123456789')).toBe('');
    expect(write(stream, '\n\n\n\n')).toBe('0123456789\n\n\n\n');
  });
});

/** Letters of two alphabets: what is made of the second contains no form of a secret made of the first. */
const secretText = fc.string({ unit: fc.constantFrom(...'abcdeABC019+/=é\\"\' $%\n'), minLength: 4, maxLength: 40 });
const otherText = fc.string({ unit: fc.constantFrom(...'zyxwv;:.,!?\n\u00fc\u{1f600}'), maxLength: 30 });
const cuts = fc.array(fc.nat(), { maxLength: 12 });

test('no form of a secret gets through, wherever it stands and however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(secretText, { minLength: 1, maxLength: 3 }),
      fc.array(otherText),
      cuts,
      fc.nat(),
      (secrets, others, at, seed) => {
        const forms = secrets.flatMap(secretVariants);
        const parts = others.flatMap((text, i) => [
          Buffer.from(text),
          forms[(seed + i * 7) % Math.max(1, forms.length)] ?? Buffer.alloc(0),
        ]);
        const out = maskedInPieces(secrets, Buffer.concat(parts), at);
        for (const form of forms) expect(out.includes(form)).toBe(false);
      },
    ),
    { numRuns: 300 },
  );
});

test('text without secrets passes byte for byte, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(secretText, { maxLength: 3 }),
      otherText,
      fc.uint8Array({ max: 0x08 }),
      cuts,
      (secrets, text, noise, at) => {
        const bytes = Buffer.concat([Buffer.from(text), noise]);
        expect(maskedInPieces(secrets, bytes, at).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('how the stream is cut makes no difference', () => {
  const near = fc.string({ unit: fc.constantFrom(...'ab\n\\'), maxLength: 200 });
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 4, maxLength: 14 })),
      near,
      cuts,
      (secrets, text, at) => {
        const bytes = Buffer.from(text);
        expect(maskedInPieces(secrets, bytes, at).toString()).toBe(maskedInPieces(secrets, bytes, []).toString());
      },
    ),
    { numRuns: 300 },
  );
});

test('16 MB beside ten secrets take a moment', () => {
  const secrets = Array.from({ length: 10 }, (_, i) => `secret-${i}-${'x'.repeat(20)}-${i * 7919}`);
  const stream = new Redactor(secrets).stream();
  const chunk = Buffer.from(
    '2026-01-01T00:00:00Z INFO an ordinary line of a log, with numbers 12345 and 0xdeadbeef\n'.repeat(750),
  );
  const before = performance.now();
  let size = 0;
  for (let i = 0; i < 250; i++) size += stream?.write(chunk).length ?? 0;
  size += stream?.end().length ?? 0;
  expect(size).toBe(chunk.length * 250);
  expect(performance.now() - before).toBeLessThan(5000);
});
