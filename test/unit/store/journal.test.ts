// The journal: what is open is known after any cut, and many intents share one fsync.
import { describe, expect, test } from 'vitest';
import { makeDigest } from '../../../src/model/digest.ts';
import type { InPlaceIntent, PublishIntent } from '../../../src/store/journal.ts';
import { Journal } from '../../../src/store/journal.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const PATH = '/w/.wrangle/journal';
const digest = makeDigest('file', 'c'.repeat(64), 7);

const publish = (id: string): PublishIntent => ({
  type: 'publish',
  id,
  stage: `stage-${id}`,
  pipeline: 'p.yaml',
  record: null,
  fingerprint: 'f',
  known: null,
  outputs: [{ path: 'a\nb.csv', digest, staged: '/w/.wrangle/staging/x', aside: null }],
});
const inPlace = (id: string): InPlaceIntent => ({
  type: 'in-place',
  id,
  stage: `stage-${id}`,
  outputs: [{ path: 'a.csv', aside: null }],
});

/** Each sync waits until the test lets it end. */
class SlowSync extends MemoryFileSystem {
  readonly syncs: { end: () => void; fail: () => void }[] = [];
  override async sync(path: string): Promise<void> {
    await super.sync(path);
    await new Promise<void>((resolve, reject) => {
      this.syncs.push({ end: resolve, fail: () => reject(Object.assign(new Error('EIO'), { code: 'EIO' })) });
    });
  }
}

/** A write to the full disk leaves its first half. */
class HalfWritten extends MemoryFileSystem {
  full = false;
  override appendFile(path: string, data: string): void {
    super.appendFile(path, this.full ? data.slice(0, data.length / 2) : data);
    if (this.full) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  }
}

function rig<Fs extends MemoryFileSystem>(fs: Fs) {
  fs.makeFolder('/w/.wrangle');
  return { fs, journal: new Journal(fs, PATH), open: () => new Journal(fs, PATH).readOpen().map(({ id }) => id) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('what is open', () => {
  test('is what was begun and not closed, oldest first', async () => {
    const { journal, open } = rig(new MemoryFileSystem());
    await journal.append(publish('1'));
    await journal.append(inPlace('2'));
    journal.done('1');
    // Written down with the next one, so until then it reads as open.
    expect(open()).toEqual(['1', '2']);
    await journal.append(publish('3'));
    expect(open()).toEqual(['2', '3']);
    expect(journal.hasOpen).toBe(true);
    journal.done('2');
    journal.done('3');
    expect(journal.hasOpen).toBe(false);
    await journal.append(publish('4'));
    expect(open()).toEqual(['4']);
  });

  test('what was published and closed is told too, and what came to nothing is not', async () => {
    const { fs, journal } = rig(new MemoryFileSystem());
    for (const id of ['a', 'c']) await journal.append(publish(id));
    await journal.append(inPlace('b'));
    journal.done('a');
    journal.close('b');
    expect(new Journal(fs, PATH).read()).toEqual({ open: [publish('c')], published: [publish('a')] });
  });

  test('comes back as it was written', async () => {
    const { fs, journal } = rig(new MemoryFileSystem());
    await journal.append(publish('1'));
    expect(new Journal(fs, PATH).readOpen()).toEqual([publish('1')]);
  });

  test('a publication replaces what was in place before it, and takes its own place in time', async () => {
    const { fs, journal } = rig(new MemoryFileSystem());
    await journal.append(inPlace('1'));
    await journal.append(inPlace('2'));
    await journal.append(publish('1'));
    expect(new Journal(fs, PATH).readOpen().map(({ id, type }) => [id, type])).toEqual([
      ['2', 'in-place'],
      ['1', 'publish'],
    ]);
  });

  test('closing what is not open writes nothing', async () => {
    const { fs, journal } = rig(new MemoryFileSystem());
    journal.done('1');
    await journal.append(publish('1'));
    journal.done('2');
    await journal.append(publish('3'));
    expect(fs.readText(PATH)?.split('\n')).toHaveLength(3);
  });

  test('no journal is an empty one', () => {
    const { journal, open } = rig(new MemoryFileSystem());
    expect([journal.isEmpty(), open()]).toEqual([true, []]);
  });
});

test('cut at any length: a beginning of the story, whole entries only', async () => {
  const { fs, journal, open } = rig(new MemoryFileSystem());
  const told: string[][] = [[]];
  const ends = [0];
  const said = () => {
    told.push(open());
    ends.push(fs.lstat(PATH)?.size ?? 0);
  };
  await journal.append(inPlace('1'));
  said();
  await journal.append(publish('2'));
  said();
  journal.done('2');
  const closing = fs.lstat(PATH)?.size ?? 0;
  await journal.append(publish('1'));
  said();
  // The note that 2 is done and the intent after it are two lines.
  const note = (fs.readText(PATH) ?? '').slice(closing).indexOf('\n') + 1;
  told.splice(3, 0, ['1']);
  ends.splice(3, 0, closing + note);
  const whole = fs.readFile(PATH) ?? new Uint8Array();
  for (let length = 0; length <= whole.length; length++) {
    fs.write({ [PATH]: whole.slice(0, length) });
    // A line whose last sign, the newline, is missing is whole all the same.
    const entries = ends.filter((end) => end === 0 || end - 1 <= length).length;
    expect(open()).toEqual(told[entries - 1]);
  }
});

test('any byte changed: that line is lost, and no other', async () => {
  const { fs, journal, open } = rig(new MemoryFileSystem());
  await journal.append(publish('1'));
  const first = fs.lstat(PATH)?.size ?? 0;
  await journal.append(publish('2'));
  const whole = fs.readFile(PATH) ?? new Uint8Array();
  for (let at = 0; at < whole.length; at++) {
    const changed = new Uint8Array(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    fs.write({ [PATH]: changed });
    // The newline belongs to no line; without it two lines are one that does not check.
    if (at === first - 1) expect(open()).toEqual([]);
    else expect(open()).toEqual(at < first ? ['2'] : ['1']);
  }
});

test('a line that was cut off by a full disk spoils none behind it', async () => {
  const { fs, journal, open } = rig(new HalfWritten());
  await journal.append(publish('1'));
  fs.full = true;
  await expect(journal.append(inPlace('2'))).rejects.toMatchObject({ code: 'ENOSPC' });
  fs.full = false;
  await journal.append(inPlace('3'));
  expect(open()).toEqual(['1', '3']);
});

describe('syncing', () => {
  test('an intent is promised only once it is on the disk', async () => {
    const { fs, journal } = rig(new SlowSync());
    let promised = false;
    const appended = journal.append(publish('1')).then(() => {
      promised = true;
    });
    await turn();
    expect(promised).toBe(false);
    fs.syncs[0]?.end();
    await appended;
    expect(promised).toBe(true);
  });

  test('however many come at once, two syncs do: the one under way may have begun before their lines', async () => {
    const { fs, journal } = rig(new SlowSync());
    const all = Array.from({ length: 50 }, (_, at) => journal.append(publish(String(at))));
    await turn();
    expect(fs.syncs).toHaveLength(1);
    fs.syncs[0]?.end();
    await turn();
    expect(fs.syncs).toHaveLength(2);
    const late = journal.append(publish('late'));
    fs.syncs[1]?.end();
    await Promise.all(all);
    await turn();
    // Its line came after the second had begun.
    expect(fs.syncs).toHaveLength(3);
    fs.syncs[2]?.end();
    await late;
  });

  test('every sync that is waited for began after the line was written', async () => {
    const { fs, journal } = rig(new SlowSync());
    const done: string[] = [];
    const begin = (id: string) => void journal.append(publish(id)).then(() => done.push(id));
    begin('a');
    await turn();
    begin('b');
    fs.syncs[0]?.end();
    // Between the end of one and the start of the next.
    begin('c');
    await turn();
    expect(done).toEqual(['a']);
    expect(fs.operations.filter(({ op }) => op === 'appendFile' || op === 'sync').map(({ op }) => op)).toEqual([
      'appendFile',
      'sync',
      'appendFile',
      'appendFile',
      'sync',
    ]);
    fs.syncs[1]?.end();
    await turn();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  test('a sync that fails fails those that waited for it, and not those after', async () => {
    const { fs, journal } = rig(new SlowSync());
    const outcome = (promise: Promise<void>) =>
      promise.then(
        () => 'kept',
        (error: Error) => error.message,
      );
    const first = outcome(journal.append(publish('1')));
    const second = outcome(journal.append(publish('2')));
    await turn();
    fs.syncs[0]?.fail();
    expect(await first).toBe('EIO');
    await turn();
    fs.syncs[1]?.end();
    expect(await second).toBe('kept');
    const third = outcome(journal.append(publish('3')));
    await turn();
    fs.syncs[2]?.end();
    expect(await third).toBe('kept');
  });

  test('a line that cannot be written is not promised, and leaves nothing open', async () => {
    const { fs, journal, open } = rig(new MemoryFileSystem());
    fs.failNext('appendFile', 'ENOSPC');
    await expect(journal.append(publish('1'))).rejects.toThrow('ENOSPC');
    expect([open(), journal.hasOpen]).toEqual([[], false]);
  });

  test('a note that could not be written is written with the next intent that can', async () => {
    const { fs, journal, open } = rig(new MemoryFileSystem());
    await journal.append(publish('1'));
    journal.done('1');
    fs.failNext('appendFile', 'ENOSPC');
    await expect(journal.append(publish('2'))).rejects.toThrow('ENOSPC');
    expect(open()).toEqual(['1']);
    await journal.append(publish('3'));
    expect(open()).toEqual(['3']);
  });
});

describe('clearing', () => {
  test('forgets everything once nothing is open', async () => {
    const { journal } = rig(new MemoryFileSystem());
    await journal.append(publish('1'));
    journal.clear();
    expect(journal.isEmpty()).toBe(false);
    journal.done('1');
    journal.clear();
    expect(journal.isEmpty()).toBe(true);
  });

  test('costs nothing when there is nothing', () => {
    const { fs, journal } = rig(new MemoryFileSystem());
    journal.clear();
    expect(fs.count('writeFile')).toBe(0);
  });
});
