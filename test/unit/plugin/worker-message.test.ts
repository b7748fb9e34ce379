// Lines that a worker writes, which may be anything.
import { describe, expect, test } from 'vitest';
import { MESSAGE_BYTES_MAX, MessageLines, readWorkerMessage } from '../../../src/plugin/worker-message.ts';

const read = (line: string | Uint8Array) => {
  const message = readWorkerMessage(typeof line === 'string' ? Buffer.from(line) : line);
  return message.ok ? message.value : message.error;
};

describe('a line', () => {
  test('is ready, an event or an answer', () => {
    expect(read('{"protocol":1}')).toEqual({ kind: 'ready', protocol: 1 });
    expect(read('{}')).toEqual({ kind: 'ready', protocol: undefined });
    const event = { id: 7, type: 'progress', done: 3 };
    expect(read(JSON.stringify(event))).toEqual({ kind: 'event', id: 7, event });
    const result = { id: 7, protocol: 1, status: 'ok', metrics: { type: 'a', ['a"b']: [{ a: 1 }, { a: 2 }] } };
    expect(read(JSON.stringify(result))).toEqual({ kind: 'answer', id: 7, result });
    expect(read('{"status":"ok"}')).toEqual({ kind: 'answer', id: undefined, result: { status: 'ok' } });
  });

  test.each([
    ['', 'is not JSON; it begins with ""'],
    ['hello \u001b[2J', 'is not JSON; it begins with "hello \\u001b[2J"'],
    ['{"protocol":1', 'is not JSON; it begins with "{\\"protocol\\":1"'],
    ['{"a":"', 'is not JSON; it begins with "{\\"a\\":\\""'],
    ['[1]', 'is not a JSON object but "[1]"'],
    ['null', 'is not a JSON object but "null"'],
    ['{"a":1,"b":{"a":1},"a":2}', 'has the key "a" twice; it begins with "{\\"a\\":1,\\"b\\":{\\"a\\":1},\\"a\\":2}"'],
    ['{"a":1,"\\u0061":2}', 'has the key "a" twice; it begins with "{\\"a\\":1,\\"\\\\u0061\\":2}"'],
    ['{"\\\\":1,"\\"":[{"x":1},{"x":1,"x":2}]}', 'has the key "x" twice'],
    ['{"x":{"__proto__":{}}}', 'has the key "__proto__"; it begins with "{\\"x\\":{\\"__proto__\\":{}}}"'],
    [`{"a":${'['.repeat(1e6)}`, `is nested more than 100 levels deep; it begins with "{\\"a\\":${'['.repeat(55)}…"`],
    [Buffer.from('7b22e9ff22', 'hex'), 'is not UTF-8; it begins with "{\\"\\xe9\\xff\\""'],
  ])('that is wrong: %s', (line, wrong) => {
    expect(String(read(line)).slice(0, wrong.length)).toBe(wrong);
  });

  test('may have names that only look odd', () => {
    for (const text of [
      '{"a":"__proto__"}',
      '{"a":["__proto__","a"]}',
      '{"a":{"b":1},"b":{"b":1}}',
      '{"a":"}{[\\""}',
    ]) {
      expect(read(text)).toEqual({ kind: 'ready', protocol: undefined });
    }
  });
});

describe('lines', () => {
  test('come whole, however they were cut', () => {
    const text = 'one\ntwo\n\nthree and more\nrest';
    for (let size = 1; size <= text.length; size++) {
      const lines = new MessageLines();
      const found: string[] = [];
      for (let at = 0; at < text.length; at += size) {
        expect(lines.write(Buffer.from(text.slice(at, at + size)), (line) => found.push(String(line)))).toBe(true);
      }
      expect([...found, String(lines.rest())]).toEqual(['one', 'two', '', 'three and more', 'rest']);
    }
  });

  test('are as long as a message may be and no longer, also where they never end', () => {
    const found: number[] = [];
    const take = (line: Uint8Array) => found.push(line.length);
    const whole = new MessageLines();
    expect(whole.write(Buffer.alloc(MESSAGE_BYTES_MAX, 'x'), take)).toBe(true);
    expect(whole.write(Buffer.from('\n'), take)).toBe(true);
    expect(found).toEqual([MESSAGE_BYTES_MAX]);
    expect(whole.write(Buffer.alloc(MESSAGE_BYTES_MAX + 1, 'x'), take)).toBe(false);
    expect(new MessageLines().write(Buffer.from(`${'x'.repeat(MESSAGE_BYTES_MAX + 1)}\n`), take)).toBe(false);
    expect(found).toEqual([MESSAGE_BYTES_MAX]);
  });
});
