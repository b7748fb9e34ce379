// Lines that a worker writes, which may be anything.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MESSAGE_BYTES_MAX, MessageLines, readWorkerMessage, shownLine } from '../../../src/plugin/worker-message.ts';

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
    const item = { id: 7, type: 'item', key: 'a', status: 'ok' };
    expect(read(JSON.stringify(item))).toEqual({ kind: 'event', id: 7, event: item });
    const result = { id: 7, protocol: 1, status: 'ok', metrics: { type: 'a', ['a"b']: [{ a: 1 }, { a: 2 }] } };
    expect(read(JSON.stringify(result))).toEqual({ kind: 'answer', id: 7, result });
    expect(read('{"status":"ok"}')).toEqual({ kind: 'answer', id: undefined, result: { status: 'ok' } });
  });

  test.each([
    ['', 'is not JSON'],
    ['hello', 'is not JSON'],
    ['{"protocol":1', 'is not JSON'],
    ['{"a":"', 'is not JSON'],
    ['{"a":1,', 'is not JSON'],
    ['[1]', 'is not a JSON object'],
    ['null', 'is not a JSON object'],
    ['{"a":1,"b":{"a":1},"a":2}', 'has the key "a" twice'],
    ['{"a":1,"\\u0061":2}', 'has the key "a" twice'],
    ['{"\\\\":1,"\\"":[{"x":1},{"x":1,"x":2}]}', 'has the key "x" twice'],
    ['{"x":{"__proto__":{}}}', 'has the key "__proto__"'],
    ['{"__pr\\u006fto__":{}}', 'has the key "__proto__"'],
    [`{"a":${'['.repeat(1e6)}`, 'is nested more than 100 levels deep'],
    [Buffer.from('7b22e9ff22', 'hex'), 'is not UTF-8'],
  ])('that is wrong: %s', (line, wrong) => {
    expect(read(line)).toBe(wrong);
  });

  test.each([
    [Buffer.from('plain "text" \u001b[2J\u202e é'), '"plain \\"text\\" \\u001b[2J\\u202e é"'],
    [Buffer.from('x'.repeat(61)), `"${'x'.repeat(60)}…"`],
    [Buffer.from('é'.repeat(1000)), `"${'é'.repeat(60)}…"`],
    [Buffer.from('a"\\\u001b\u00e9\u0080', 'latin1'), '"a\\"\\\\\\x1b\\xe9\\x80"'],
    [Buffer.alloc(1000, 0xff), `"${'\\xff'.repeat(60)}…"`],
  ])('is shown by its beginning, with nothing that a terminal would obey', (line, shown) => {
    expect(shownLine(line)).toBe(shown);
  });

  test('property: bytes of any kind are a message or a reason, and a message is what JSON says', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'{}[]",:\\\\ \u00e9truefalsn0-e.') }).map((text) => Buffer.from(text)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })
        .map((value) => Buffer.from(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(bytes, (line) => {
        const found = readWorkerMessage(line);
        if (!found.ok) return typeof found.error === 'string' && shownLine(line).length > 0;
        const value = JSON.parse(Buffer.from(line).toString()) as Record<string, unknown>;
        if (found.value.kind === 'answer') expect(found.value.result).toEqual(value);
        else if (found.value.kind === 'event') expect(found.value.event).toEqual(value);
        else expect(found.value.protocol).toEqual(value['protocol']);
        return true;
      }),
      { numRuns: 2000 },
    );
  });

  test('property: any object without odd keys is a message', () => {
    const key = fc.string().filter((text) => text !== '__proto__');
    const objects = fc.dictionary(key, fc.oneof(fc.string(), fc.integer(), fc.dictionary(key, fc.string())), {
      noNullPrototype: true,
    });
    fc.assert(fc.property(objects, (value) => readWorkerMessage(Buffer.from(JSON.stringify(value))).ok));
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

describe('schemas/worker.schema.json', () => {
  const schemaOf = (name: string) =>
    JSON.parse(readFileSync(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as object;
  const ajv = new Ajv2020({ strict: false });
  for (const name of ['request', 'result', 'stage-event']) ajv.addSchema(schemaOf(name), `${name}.schema.json`);
  const isMessage = ajv.compile(schemaOf('worker'));
  const request = {
    ...{ id: 7, cwd: '/w', variables: { TMPDIR: '/t' }, protocol: 1, run_id: 'r', stage: 's', attempt: 1, params: {} },
    ...{ inputs: {}, outputs: {}, env: {}, seed: 1, scratch: '/s', deadline: null, events: '/e' },
  };

  test.each([
    [true, { protocol: 1 }],
    [true, request],
    [true, { protocol: 1, cancel: 7 }],
    [true, { id: 7, type: 'progress', done: 3 }],
    [true, { type: 'log', message: 'm' }],
    [true, { id: 7, protocol: 1, status: 'ok', unknown: 1 }],
    [false, {}],
    [false, { protocol: 2 }],
    [false, { protocol: 1, status: 'ok' }],
    [false, { id: 0, protocol: 1, status: 'ok' }],
    [false, { id: 7, protocol: 1, status: 'failed', error: { code: 'x' } }],
    [false, { id: 7, type: 'progress' }],
    [false, { id: 7, type: 'nonsense', protocol: 1 }],
  ])('says that it is %s of %j', (is, message) => {
    expect(isMessage(message)).toBe(is);
  });
});
