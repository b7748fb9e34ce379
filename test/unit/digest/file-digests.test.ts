// The memory of digests: it saves reading, and never says anything that is not so.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RememberedFile } from '../../../src/digest/file-digests.ts';
import { FileDigests, NeedsReading, UNREAD, UnstableFile } from '../../../src/digest/file-digests.ts';
import { fileSystemNow, measureGranularity } from '../../../src/digest/fs-clock.ts';
import { digestOfTree } from '../../../src/digest/tree.ts';
import { makeDigest } from '../../../src/model/digest.ts';
import type { EntryType, FileStat, HashedFile } from '../../../src/ports/file-system.ts';
import { sha256 } from '../../../src/util/hash.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const CLOCK = '/w/.wrangle/clock';

/** Timestamps are rounded down to `tickNs`, as file systems do. */
class CoarseFileSystem extends MemoryFileSystem {
  tickNs = 1n;

  override lstat(path: string): FileStat | undefined {
    return this.#rounded(super.lstat(path));
  }

  override stat(path: string): FileStat | undefined {
    return this.#rounded(super.stat(path));
  }

  #rounded(stat: FileStat | undefined): FileStat | undefined {
    if (!stat) return undefined;
    const floor = (ns: bigint) => ns - (ns % this.tickNs);
    const [size, mtime = '0', ctime = '0', ...rest] = stat.key.split(':');
    const key = [size, floor(BigInt(mtime)), floor(BigInt(ctime)), ...rest].join(':');
    return { ...stat, mtimeNs: floor(stat.mtimeNs), key };
  }
}

function rig(options: { readonly tickNs?: bigint; readonly write?: boolean; readonly mayRead?: boolean } = {}) {
  const fs = new CoarseFileSystem();
  fs.tickNs = options.tickNs ?? 1n;
  fs.write({ [CLOCK]: '' });
  const clock = new ManualClock({ auto: true });
  const slept: number[] = [];
  clock.onAdvance((ms) => {
    slept.push(ms);
    fs.nowNs += BigInt(Math.round(ms * 1e6));
  });
  const open = (remembered: Map<string, RememberedFile> = new Map()) =>
    new FileDigests({
      fs,
      workspace: '/w',
      remembered,
      mayRead: options.mayRead ?? true,
      granularityNs: () => fs.tickNs,
      now: options.write === false ? undefined : () => fileSystemNow(fs, CLOCK),
      sleep: (ms) => clock.sleep(ms),
    });
  /** Long enough for anything written before to be trusted. */
  const wait = () => {
    fs.nowNs += 10_000_000_000n;
  };
  return { fs, open, slept, wait };
}

const digestOf = (text: string) => makeDigest('file', sha256(text), Buffer.byteLength(text));

describe('files', () => {
  test('a file is read once, and its digest is that of its bytes', async () => {
    const { fs, open, wait } = rig();
    fs.write({ '/w/a.csv': 'a' });
    wait();
    const digests = open();
    expect(digests.peek('a.csv')).toBe(UNREAD);
    expect(await digests.file('a.csv')).toBe(digestOf('a'));
    expect(digests.peek('a.csv')).toBe(digestOf('a'));
    expect(await open(new Map(digests.remembered)).file('a.csv')).toBe(digestOf('a'));
    expect(fs.count('hashFile', 'a.csv')).toBe(1);
  });

  test('an executable file has a digest of its own kind, and a changed bit is seen', async () => {
    const { fs, open, wait } = rig();
    fs.write({ '/w/run.sh': 'x' });
    wait();
    const digests = open();
    expect(await digests.file('run.sh')).toBe(digestOf('x'));
    fs.chmod('/w/run.sh', 0o755);
    expect(await digests.file('run.sh')).toBe(makeDigest('executable', sha256('x'), 1));
  });

  test('nothing is there: undefined; a folder is no file; a link to a file is one', async () => {
    const { fs, open } = rig();
    fs.write({ '/w/dir/a.csv': 'a' });
    fs.makeLink('dir/a.csv', '/w/link.csv');
    fs.makeLink('nowhere', '/w/broken');
    const digests = open();
    expect(await digests.file('none')).toBeUndefined();
    expect(await digests.file('dir')).toBeUndefined();
    expect(await digests.file('broken')).toBeUndefined();
    expect(await digests.file('link.csv')).toBe(digestOf('a'));
  });

  test('an absolute path is looked at where it is', async () => {
    const { fs, open } = rig();
    fs.write({ '/data/a.csv': 'a' });
    expect(await open().file('/data/a.csv')).toBe(digestOf('a'));
  });

  test('without a clock nothing new is remembered, and what is known still serves', async () => {
    const { fs, open, wait } = rig({ write: false });
    fs.write({ '/w/a.csv': 'a', '/w/b.csv': 'b' });
    wait();
    const key = fs.stat('/w/b.csv')?.key ?? '';
    const digests = open(new Map([['b.csv', { key, digest: digestOf('b') }]]));
    await digests.file('a.csv');
    await digests.file('b.csv');
    expect([...digests.remembered.keys()]).toEqual(['b.csv']);
    expect(digests.changed).toBe(false);
    expect(fs.count('hashFile')).toBe(1);
    expect(fs.count('writeFile')).toBe(0);
  });

  test('a file that changes while it is read is read again, up to three times', async () => {
    class Restless extends MemoryFileSystem {
      editsLeft = 2;
      override async hashFile(path: string): Promise<HashedFile> {
        const hashed = await super.hashFile(path);
        if (this.editsLeft-- > 0) this.write({ [path]: `edit ${this.editsLeft}` });
        return hashed;
      }
    }
    const fs = new Restless();
    fs.write({ '/w/a.csv': 'first', [CLOCK]: '' });
    const make = () =>
      new FileDigests({
        fs,
        workspace: '/w',
        remembered: new Map(),
        mayRead: true,
        granularityNs: () => 0n,
        now: () => fileSystemNow(fs, CLOCK),
        sleep: () => Promise.resolve(),
      });
    expect(await make().file('a.csv')).toBe(digestOf('edit 0'));
    fs.editsLeft = 3;
    const error = await make()
      .file('a.csv')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnstableFile);
    expect((error as UnstableFile).message).toBe('/w/a.csv keeps changing while it is read');
    expect((error as UnstableFile).path).toBe('/w/a.csv');
  });

  test('where reading is not allowed, only what is known is said', async () => {
    const { fs, open, wait } = rig({ mayRead: false });
    fs.write({ '/w/a.csv': 'a', '/w/b.csv': 'b' });
    wait();
    const digests = open(new Map([['b.csv', { key: fs.stat('/w/b.csv')?.key ?? '', digest: digestOf('b') }]]));
    expect(await digests.file('b.csv')).toBe(digestOf('b'));
    expect(await digests.file('none')).toBeUndefined();
    await expect(digests.file('a.csv')).rejects.toBeInstanceOf(NeedsReading);
    expect(fs.count('hashFile')).toBe(0);
  });

  test('what is forgotten is read again', async () => {
    const { fs, open, wait } = rig();
    fs.write({ '/w/a.csv': 'a' });
    wait();
    const digests = open();
    await digests.file('a.csv');
    digests.forget('a.csv');
    expect(digests.peek('a.csv')).toBe(UNREAD);
  });
});

describe('the racy rule', () => {
  const tickNs = 2_000_000_000n;

  test('a file as young as a tick is not remembered, an older one is', async () => {
    const { fs, open, wait } = rig({ tickNs });
    fs.write({ '/w/a.csv': 'a' });
    const digests = open();
    expect(await digests.file('a.csv')).toBe(digestOf('a'));
    expect(digests.remembered.has('a.csv')).toBe(false);
    wait();
    await digests.file('a.csv');
    expect(digests.remembered.has('a.csv')).toBe(true);
  });

  test('a file whose time lies in the future is never remembered, and nobody waits for it', async () => {
    const { fs, open, slept } = rig();
    fs.write({ '/w/a.csv': 'a', '/w/large.bin': 'x'.repeat(2 << 20) });
    for (const path of ['/w/a.csv', '/w/large.bin']) fs.setTimes(path, fs.nowNs + 86_400_000_000_000n);
    const digests = open();
    await digests.file('a.csv');
    await digests.file('large.bin');
    await digests.settle(1 << 30);
    expect(digests.remembered.size).toBe(0);
    expect(slept).toEqual([]);
  });

  test('a large young file is waited for and read once', async () => {
    const { fs, open, slept } = rig({ tickNs: 50_000_000n });
    fs.write({ '/w/large.bin': 'x'.repeat((1 << 20) + 1) });
    const digests = open();
    await digests.file('large.bin');
    const waited = slept.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThan(0);
    expect(waited).toBeLessThanOrEqual(150);
    expect(digests.remembered.has('large.bin')).toBe(true);
    expect(fs.count('hashFile')).toBe(1);
  });

  test('settling reads young files once more, after their time, so that the next command need not', async () => {
    const { fs, open, slept } = rig({ tickNs: 8_000_000n });
    fs.write({ '/w/a.csv': 'a', '/w/b.csv': 'b' });
    const digests = open();
    await digests.file('a.csv');
    await digests.file('b.csv');
    fs.remove('/w/b.csv');
    await digests.settle(1 << 20);
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(24);
    expect([...digests.remembered.keys()]).toEqual(['a.csv']);
    const hashed = fs.count('hashFile');
    expect(await open(new Map(digests.remembered)).file('a.csv')).toBe(digestOf('a'));
    expect(fs.count('hashFile')).toBe(hashed);
  });

  test('settling reads no more than it is told', async () => {
    const { fs, open } = rig({ tickNs: 8_000_000n });
    fs.write({ '/w/a': 'x'.repeat(60), '/w/b': 'x'.repeat(60) });
    const digests = open();
    await digests.file('a');
    await digests.file('b');
    await digests.settle(100);
    expect([...digests.remembered.keys()]).toEqual(['a']);
  });

  test('settling waits for no coarse clock', async () => {
    const { fs, open, slept } = rig({ tickNs });
    fs.write({ '/w/a.csv': 'a' });
    const digests = open();
    await digests.file('a.csv');
    await digests.settle(1 << 20);
    expect(slept).toEqual([]);
    expect(digests.remembered.size).toBe(0);
  });

  test('settling fails for no file: it saves work, nobody asked', async () => {
    const { fs, open } = rig({ tickNs: 8_000_000n });
    fs.write({ '/w/a.csv': 'a', '/w/b.csv': 'b' });
    const digests = open();
    await digests.file('a.csv');
    await digests.file('b.csv');
    fs.failNext('hashFile', 'EACCES', 'a.csv');
    await digests.settle(1 << 20);
    expect([...digests.remembered.keys()]).toEqual(['b.csv']);
  });

  test('what was hashed on its way is believed only if it is older than the hashing', async () => {
    const { fs, open, wait } = rig({ tickNs: 8_000_000n });
    fs.write({ '/w/old.csv': 'a' });
    wait();
    const hashedAt = fileSystemNow(fs, CLOCK);
    fs.write({ '/w/young.csv': 'a' });
    const digests = open();
    for (const path of ['old.csv', 'young.csv']) digests.learn(path, digestOf('a'), hashedAt);
    expect([...digests.remembered.keys()]).toEqual(['old.csv']);
    expect(fs.count('hashFile')).toBe(0);
  });

  test('property: whatever is edited, read, saved and loaded, and when, no digest is ever stale', async () => {
    const file = fc.constantFrom('a', 'b', 'dir/c');
    const step = fc.oneof(
      // Texts of one length, so that the size gives nothing away.
      fc.record({ type: fc.constant('edit' as const), file, text: fc.constantFrom('11', '22', '33') }),
      fc.record({ type: fc.constant('read' as const), file }),
      fc.record({ type: fc.constant('folder' as const) }),
      fc.record({ type: fc.constant('learn' as const), file }),
      fc.record({ type: fc.constant('tick' as const), ns: fc.constantFrom(1n, 500_000n, 3_000_000n, 2_500_000_000n) }),
      fc.record({ type: fc.constant('reload' as const) }),
      fc.record({ type: fc.constant('settle' as const) }),
      fc.record({ type: fc.constant('remove' as const), file }),
      // Times no edit gives: before everything, and far ahead.
      fc.record({ type: fc.constant('touch' as const), file, ahead: fc.boolean() }),
    );
    const ticks = fc.constantFrom(1n, 1_000_000n, 4_000_000n, 1_000_000_000n, 2_000_000_000n);
    await fc.assert(
      fc.asyncProperty(ticks, fc.array(step, { minLength: 5, maxLength: 60 }), async (tickNs, steps) => {
        const { fs, open } = rig({ tickNs });
        // Changes cost no time of their own, so that many fall into one tick.
        fs.stepNs = 0n;
        let digests = open();
        let touches = 0n;
        const truth = (path: string) => {
          const text = fs.tree('/w')[path];
          return text === undefined ? undefined : digestOf(text);
        };
        for (const one of steps) {
          if (one.type === 'edit') fs.write({ [`/w/${one.file}`]: one.text });
          else if (one.type === 'read') expect(await digests.file(one.file)).toBe(truth(one.file));
          else if (one.type === 'folder') {
            const c = truth('dir/c');
            const there = fs.lstat('/w/dir') !== undefined;
            const expected = digestOfTree(c ? [{ path: 'c', type: 'file', digest: c }] : []);
            expect(await digests.folder('dir')).toBe(there ? expected : undefined);
          } else if (one.type === 'learn') {
            const digest = truth(one.file);
            if (digest) digests.learn(one.file, digest, fileSystemNow(fs, CLOCK));
          } else if (one.type === 'tick') fs.nowNs += one.ns;
          else if (one.type === 'reload') digests = open(new Map(digests.remembered));
          else if (one.type === 'settle') await digests.settle(1 << 20);
          else if (one.type === 'remove') fs.remove(`/w/${one.file}`);
          else if (fs.lstat(`/w/${one.file}`)) {
            // A new time with each touch: to give one file its old time back within a tick is beyond what stat can tell.
            touches += 3_000_000_000n;
            fs.setTimes(`/w/${one.file}`, one.ahead ? fs.nowNs + 3_600_000_000_000n + touches : touches);
          }
        }
        for (const path of ['a', 'b', 'dir/c']) expect(await digests.file(path)).toBe(truth(path));
      }),
      { numRuns: 300 },
    );
  });
});

describe('folders', () => {
  async function digestAfter(change: (fs: MemoryFileSystem) => void): Promise<string | undefined> {
    const { fs, open } = rig();
    fs.write({ '/w/dir/a.csv': 'a', '/w/dir/sub/b.csv': 'b' });
    fs.makeFolder('/w/dir/empty');
    fs.makeLink('a.csv', '/w/dir/link');
    change(fs);
    return open().folder('dir');
  }

  test.each<[string, (fs: MemoryFileSystem) => void, boolean]>([
    ['nothing', () => {}, false],
    ['a time', (fs) => fs.setTimes('/w/dir/a.csv', 5n), false],
    ['other permissions', (fs) => fs.chmod('/w/dir/a.csv', 0o600), false],
    ['the executable bit', (fs) => fs.chmod('/w/dir/a.csv', 0o744), true],
    ['contents', (fs) => fs.write({ '/w/dir/sub/b.csv': 'B' }), true],
    ['a name', (fs) => fs.rename('/w/dir/a.csv', '/w/dir/c.csv'), true],
    ['one file more', (fs) => fs.write({ '/w/dir/sub/c.csv': '' }), true],
    ['one file less', (fs) => fs.remove('/w/dir/sub/b.csv'), true],
    ['an empty folder less', (fs) => fs.remove('/w/dir/empty'), true],
    ['an empty folder more', (fs) => fs.makeFolder('/w/dir/sub/empty'), true],
    [
      'where a link leads',
      (fs) => {
        fs.remove('/w/dir/link');
        fs.makeLink('sub/b.csv', '/w/dir/link');
      },
      true,
    ],
    [
      'a link for a copy of what it leads to',
      (fs) => {
        fs.remove('/w/dir/link');
        fs.write({ '/w/dir/link': 'a' });
      },
      true,
    ],
  ])('%s', async (_name, change, changes) => {
    expect((await digestAfter(change)) !== (await digestAfter(() => {}))).toBe(changes);
  });

  test('the digest is that of the entries, sorted by code unit, links unfollowed, with the size of all files', async () => {
    const { fs, open } = rig();
    fs.write({ '/w/dir/b': 'bb', '/w/dir/a-b': '1', '/w/dir/a/z': '22', '/w/other/secret': 'never read' });
    fs.makeLink('../other', '/w/dir/out');
    expect(await open().folder('dir')).toBe(
      digestOfTree([
        { path: 'a', type: 'folder' },
        { path: 'a-b', type: 'file', digest: digestOf('1') },
        { path: 'a/z', type: 'file', digest: digestOf('22') },
        { path: 'b', type: 'file', digest: digestOf('bb') },
        { path: 'out', type: 'link', target: '../other' },
      ]),
    );
    expect((await open().folder('dir'))?.endsWith(':5')).toBe(true);
    expect(fs.count('hashFile', 'other')).toBe(0);
  });

  test('an input folder that is itself a link is followed', async () => {
    const { fs, open } = rig();
    fs.write({ '/data/real/a': 'a' });
    fs.makeLink('/data/real', '/w/dir');
    expect(await open().folder('dir')).toBe(digestOfTree([{ path: 'a', type: 'file', digest: digestOf('a') }]));
  });

  test('no folder: undefined', async () => {
    const { fs, open } = rig();
    fs.write({ '/w/file': 'x' });
    expect(await open().folder('none')).toBeUndefined();
    expect(await open().folder('file')).toBeUndefined();
  });

  test('a pipe in a folder is refused by name', async () => {
    class WithPipe extends MemoryFileSystem {
      override readFolder(path: string) {
        const type: EntryType = 'other';
        return super.readFolder(path)?.map((entry) => (entry.name === 'pipe' ? { name: 'pipe', type } : entry));
      }
    }
    const fs = new WithPipe();
    fs.write({ '/w/dir/sub/pipe': '', '/w/dir/a': '' });
    const digests = new FileDigests({
      fs,
      workspace: '/w',
      remembered: new Map(),
      mayRead: true,
      granularityNs: () => 0n,
      now: undefined,
      sleep: () => Promise.resolve(),
    });
    await expect(digests.folder('dir')).rejects.toThrow('/w/dir/sub/pipe is neither a file, a folder nor a link');
  });
});

test('the granularity is twice the widest step seen, and the coarsest there is where the clock stands still', () => {
  const fs = new CoarseFileSystem();
  fs.write({ [CLOCK]: '' });
  fs.stepNs = 1_000_000n;
  fs.tickNs = 4_000_000n;
  expect(measureGranularity(fs, CLOCK)).toBe(8_000_000n);
  fs.stepNs = 0n;
  expect(measureGranularity(fs, CLOCK)).toBe(2_000_000_000n);
});
