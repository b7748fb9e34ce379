// Action records and the index: read back exactly, or not at all.
import { describe, expect, test } from 'vitest';
import { makeDigest } from '../../../src/model/digest.ts';
import type { ActionRecord, ActionResult } from '../../../src/store/action-cache.ts';
import { ActionCache } from '../../../src/store/action-cache.ts';
import type { WorkspaceIndex } from '../../../src/store/index-file.ts';
import { emptyIndex, readIndex, writeIndex } from '../../../src/store/index-file.ts';
import { seal } from '../../../src/store/sealed-json.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const KEY = 'ab'.repeat(32);
const PATH = `/s/ac/ab/${KEY}`;
const digest = makeDigest('file', 'c'.repeat(64), 7);

const result: ActionResult = {
  discovered: [],
  outputs: [{ port: 'out', path: 'build/\u00e4.csv', digest }],
  expect: '',
  stage: 'clean',
  run_id: '20260101-000000-abcd',
  created_at: '2026-01-01T00:00:00.000Z',
  duration_ms: 12,
  metrics: { rows: 3 },
};
const record: ActionRecord = {
  fingerprint: KEY,
  entries: [{ part: 'command', name: '', value: 'sort' }],
  results: [result],
};

/** Calls `check` with the text cut at every length, and with every byte changed in three ways. */
function forEveryDamage(text: string, check: (damaged: Uint8Array) => void): void {
  const bytes = Buffer.from(text);
  for (let length = 0; length < bytes.length; length++) check(bytes.subarray(0, length));
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of [0x01, 0x20, 0x80]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ mask;
      check(flipped);
    }
  }
}

describe('action records', () => {
  function rig() {
    const fs = new MemoryFileSystem();
    const cache = new ActionCache(fs, '/s', '1');
    cache.write(record);
    return { fs, cache, text: fs.readText(PATH) ?? '' };
  }

  test('come back as they were written, and replace the one before in one step', () => {
    const { fs, cache } = rig();
    expect(cache.read(KEY)).toEqual(record);
    fs.failNext('writeFile', 'ENOSPC', '/s/tmp/');
    expect(() => cache.write({ ...record, entries: [] })).toThrow('ENOSPC');
    expect(cache.read(KEY)).toEqual(record);
    cache.write({ ...record, entries: [] });
    expect(cache.read(KEY)?.entries).toEqual([]);
    expect(Object.keys(fs.tree('/s'))).toEqual([`ac/ab/${KEY}`, 'tmp/']);
  });

  test('none is a miss', () => {
    expect(rig().cache.read('cd'.repeat(32))).toBeUndefined();
  });

  test('cut at any length or changed in any byte: a miss, never an error', () => {
    const { fs, cache, text } = rig();
    let count = 0;
    forEveryDamage(text, (damaged) => {
      fs.write({ [PATH]: damaged });
      expect(cache.read(KEY)).toBeUndefined();
      count++;
    });
    expect(count).toBeGreaterThan(1_000);
    fs.write({ [PATH]: text });
    expect(cache.read(KEY)).toEqual(record);
  });

  test('a record of another fingerprint, copied here, is a miss', () => {
    const { fs, cache, text } = rig();
    const other = 'ef'.repeat(32);
    fs.write({ [`/s/ac/ef/${other}`]: text });
    expect(cache.read(other)).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'record'],
    ['no results', { fingerprint: KEY, entries: [] }],
    ['results that are no list', { ...record, results: {} }],
    ['a result that is null', { ...record, results: [null] }],
    ['a result without outputs', { ...record, results: [{ ...result, outputs: undefined }] }],
    ['a result without discovered inputs', { ...record, results: [{ ...result, discovered: undefined }] }],
    ['an output that is null', { ...record, results: [{ ...result, outputs: [null] }] }],
    ['an output without a path', { ...record, results: [{ ...result, outputs: [{ port: 'out', digest }] }] }],
    ['a digest that is none', { ...record, results: [{ ...result, outputs: [{ path: 'x', digest: '../../x' }] }] }],
    ['a discovered digest that is none', { ...record, results: [{ ...result, discovered: [{ path: 'x' }] }] }],
    ['entries that are no list', { ...record, entries: 'x' }],
    ['an entry without a value', { ...record, entries: [{ part: 'env', name: 'X' }] }],
  ])('sound in its seal but not in its form (%s): a miss', (_name, value) => {
    const { fs, cache } = rig();
    fs.write({ [PATH]: seal(2, value) });
    expect(cache.read(KEY)).toBeUndefined();
  });

  test('of another format, or no file at all, or unreadable: a miss', () => {
    const { fs, cache } = rig();
    fs.failNext('readText', 'EIO', PATH);
    expect(cache.read(KEY)).toBeUndefined();
    fs.write({ [PATH]: seal(3, record) });
    expect(cache.read(KEY)).toBeUndefined();
    fs.remove(PATH);
    fs.write({ [`${PATH}/x`]: '' });
    expect(cache.read(KEY)).toBeUndefined();
  });

  test('results are told apart by what the stage discovered; the newest comes first, sixteen stay', () => {
    const { cache } = rig();
    const discovering = (at: number, duration = at) => ({
      ...result,
      duration_ms: duration,
      discovered: [{ path: 'lib.py', digest: makeDigest('file', String(at % 10).repeat(64), at) }],
    });
    for (let at = 0; at < 20; at++) cache.write(cache.merge(KEY, [], discovering(at)));
    expect(cache.read(KEY)?.results.map((one) => one.duration_ms)).toEqual(
      Array.from({ length: 16 }, (_, back) => 19 - back),
    );
    cache.write(cache.merge(KEY, [], discovering(10, 99)));
    const durations = cache.read(KEY)?.results.map((one) => one.duration_ms) ?? [];
    expect(durations.slice(0, 2)).toEqual([99, 19]);
    expect(durations).toHaveLength(16);
    expect(durations).not.toContain(10);
  });

  test('a result without discovered inputs is the only one', () => {
    const { cache } = rig();
    cache.write(cache.merge(KEY, record.entries, { ...result, duration_ms: 99 }));
    expect(cache.read(KEY)?.results.map((one) => one.duration_ms)).toEqual([99]);
  });
});

describe('the index', () => {
  const index = (): WorkspaceIndex => ({
    files: new Map([['a.csv', { key: '1:2:3:4:5', digest }]]),
    outputs: new Map([['b.csv', { digest, fingerprint: KEY, stage: 'clean', pipeline: 'p.yaml' }]]),
    stages: new Map([
      [
        'p.yaml#clean',
        {
          fingerprint: KEY,
          duration_ms: 5,
          ran_at_ms: 9,
          unstable: 1,
          expect: 'x',
          discovered: [{ path: 'l', digest }],
        },
      ],
    ]),
    questions: new Map([
      [
        'p.yaml#clean',
        {
          asked: { ok: { id: 'ok', text: 'Is it?', schema: { type: 'boolean' }, digest: 'd', base: KEY } },
          open: { id: 'ok', fingerprint: KEY, base: KEY, answers: { other: 1 }, asked_at_ms: 9, waits: true },
        },
      ],
    ]),
    granularity: { device: 7n, ns: 8_000_000n },
    storeId: 's1',
  });

  function rig() {
    const fs = new MemoryFileSystem();
    fs.makeFolder('/w/.wrangle');
    writeIndex(fs, '/w/.wrangle/index', 'boot-1', index());
    return { fs, read: (boot = 'boot-1') => readIndex(fs, '/w/.wrangle/index', boot) };
  }

  test('comes back as it was written', () => {
    expect(rig().read()).toEqual(index());
  });

  test('after a start of the machine it forgets stat keys and its measure of the clock, and nothing else', () => {
    expect(rig().read('boot-2')).toEqual({ ...index(), files: new Map(), granularity: undefined });
  });

  test('a granularity that was never measured stays so', () => {
    const { fs, read } = rig();
    writeIndex(fs, '/w/.wrangle/index', 'boot-1', { ...index(), granularity: undefined });
    expect(read().granularity).toBeUndefined();
  });

  test('none, cut at any length or changed in any byte: empty, never an error', () => {
    const { fs, read } = rig();
    const text = fs.readText('/w/.wrangle/index') ?? '';
    forEveryDamage(text, (damaged) => {
      fs.write({ '/w/.wrangle/index': damaged });
      expect(read()).toEqual(emptyIndex());
    });
    fs.remove('/w/.wrangle/index');
    expect(read()).toEqual(emptyIndex());
    fs.makeFolder('/w/.wrangle/index');
    expect(read()).toEqual(emptyIndex());
  });

  test('a write that fails leaves the old one', () => {
    const { fs, read } = rig();
    fs.failNext('writeFile', 'ENOSPC', 'index');
    expect(() => writeIndex(fs, '/w/.wrangle/index', 'boot-1', emptyIndex())).toThrow('ENOSPC');
    expect(read()).toEqual(index());
  });
});
