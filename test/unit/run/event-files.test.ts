// What a stage writes to its file of events, however it does it, and what is told of it when.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NodeFileSystem } from '../../../src/host/node-file-system.ts';
import type { WrangleEvent } from '../../../src/model/event.ts';
import type { FileStat } from '../../../src/ports/file-system.ts';
import { EventFiles } from '../../../src/run/event-files.ts';
import { ToldEvents } from '../../../src/run/told-events.ts';
import { makeStage } from '../../support/make-stage.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const FILE = '/w/events.jsonl';

const line = (event: object) => `${JSON.stringify(event)}\n`;
const progress = (done: number) => line({ type: 'progress', done, total: 10 });
const says = (message: string) => line({ type: 'log', message });

function rig(fs = new MemoryFileSystem()) {
  const clock = new ManualClock();
  const events: WrangleEvent[] = [];
  fs.makeFolder('/w');
  const files = new EventFiles(fs, clock);
  const context = { clock, emit: (event: WrangleEvent) => events.push(event) };
  const follow = (path = FILE) => files.follow(path, new ToldEvents(context, makeStage('a')));
  return {
    fs,
    clock,
    files,
    follow,
    append: (text: string) => fs.appendFile(FILE, text),
    tick: () => clock.advance(500),
    /** Since it was last asked. */
    told: () => events.splice(0).map(({ details }) => details.message),
  };
}

describe('while it runs', () => {
  test('what is new is told twice a second, and the rest at the end', async () => {
    const { follow, append, tick, told, clock } = rig();
    const end = follow();
    append(says('one'));
    await clock.advance(499);
    expect(told()).toEqual([]);
    await clock.advance(1);
    expect(told()).toEqual(['one']);
    await tick();
    expect(told()).toEqual([]);
    append(says('two') + says('three'));
    await tick();
    expect(told()).toEqual(['two', 'three']);
    append(says('four'));
    end();
    expect(told()).toEqual(['four']);
    append(says('five'));
    await tick();
    expect(told()).toEqual([]);
  });

  test('of several counts the last is told', async () => {
    const { follow, append, tick, told } = rig();
    follow();
    append(progress(1) + progress(2) + progress(3));
    await tick();
    expect(told()).toEqual(['3/10']);
  });

  test('only whole lines count, and at the end one without its newline', async () => {
    const { follow, append, tick, told } = rig();
    const end = follow();
    const [first, rest] = [says('one').slice(0, 10), says('one').slice(10)];
    append(first);
    await tick();
    append(`${rest}${says('two').trimEnd()}`);
    await tick();
    expect(told()).toEqual(['one']);
    end();
    expect(told()).toEqual(['two']);
  });

  test('a character whose bytes come apart is read as one, and bytes that are no text harm nobody', async () => {
    const { fs, follow, tick, told } = rig();
    const bytes = Buffer.from(says('zwölf'));
    const cut = bytes.indexOf(0xb6);
    const end = follow();
    fs.writeFile(FILE, bytes.subarray(0, cut));
    await tick();
    fs.writeFile(FILE, Buffer.concat([bytes, Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(says('next'))]));
    await tick();
    end();
    expect(told()).toEqual(['zwölf', 'next']);
  });
});

describe('costs', () => {
  test('one look at a file that is not there or says nothing new, and none for who ends before the first', async () => {
    const { fs, follow, append, tick, clock } = rig();
    follow()();
    expect(fs.operations.map(({ op }) => op)).toEqual(['makeFolder', 'stat']);
    fs.operations.length = 0;
    const ends = [follow(), follow('/w/other')];
    expect(clock.sleepers).toBe(1);
    await tick();
    await tick();
    expect(fs.operations.map(({ op }) => op)).toEqual(['stat', 'stat', 'stat', 'stat']);
    append(says('one'));
    await tick();
    fs.operations.length = 0;
    await tick();
    expect(fs.operations.map(({ op }) => op)).toEqual(['stat', 'stat']);
    for (const end of ends) end();
    await tick();
    expect(clock.sleepers).toBe(0);
  });

  test('no time when nobody runs any more', () => {
    const { follow, files, clock } = rig();
    follow()();
    files.close();
    expect(clock.sleepers).toBe(0);
  });

  test('bounded memory and time, whatever is written', async () => {
    const asked: number[] = [];
    class Endless extends MemoryFileSystem {
      override stat(): FileStat {
        const key = String(asked.length);
        return { type: 'file', size: 1e12, mode: 0o644, mtimeNs: 0n, device: 1n, key };
      }
      override readPart(_: string, from: number, bytesMax: number): Uint8Array {
        asked.push(bytesMax);
        const at = from % says('one').length;
        return Buffer.alloc(bytesMax, says('one').slice(at) + says('one').slice(0, at));
      }
    }
    const { follow, tick, told } = rig(new Endless());
    const end = follow();
    await tick();
    const before = asked.length;
    end();
    expect([before, Math.max(...asked) <= 1024 * 1024 + 64, asked.length < 100]).toEqual([1, true, true]);
    const lines = told();
    expect(lines.at(-1)).toBe('It told more than 16 MiB; the rest is left out.');
    expect(new Set(lines.slice(0, 10_000))).toEqual(new Set(['one']));
  });

  test('a line that is too long is passed over, and the next is not', async () => {
    const { follow, append, tick, told } = rig();
    const end = follow();
    append(`"${'x'.repeat(150_000)}`);
    await tick();
    append('x'.repeat(150_000));
    await tick();
    append(`"\n${says('next')}`);
    end();
    expect(told()).toEqual(['next']);
  });
});

describe('a file that is not only added to', () => {
  test('is read anew when it was cut, or written over', async () => {
    const { fs, follow, append, tick, told } = rig();
    const end = follow();
    append(progress(1));
    await tick();
    fs.writeFile(FILE, progress(2));
    await tick();
    expect(told()).toEqual(['1/10', '2/10']);
    fs.writeFile(FILE, `${says('longer than what was there before')}{`);
    await tick();
    fs.writeFile(FILE, '');
    await tick();
    append(progress(3));
    end();
    expect(told()).toEqual(['longer than what was there before', '3/10']);
  });

  test('may be removed, and come again', async () => {
    const { fs, follow, append, tick, told } = rig();
    const end = follow();
    append(`${progress(1)}{"type":`);
    await tick();
    fs.remove(FILE);
    await tick();
    append(progress(2));
    await tick();
    fs.remove(FILE);
    end();
    expect(told()).toEqual(['1/10', '2/10']);
  });

  test('may be something else', async () => {
    const { fs, follow, tick, told } = rig();
    const end = follow();
    fs.makeFolder(FILE);
    await tick();
    end();
    expect(told()).toEqual([]);
  });

  test('may be what has no end, or nothing to read', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'wrangle-test-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const paths = ['pipe', 'endless', 'loop'].map((name) => join(dir, name)) as [string, string, string];
    execFileSync('mkfifo', [paths[0]]);
    symlinkSync('/dev/zero', paths[1]);
    symlinkSync('loop', paths[2]);
    const clock = new ManualClock();
    const files = new EventFiles(new NodeFileSystem(), clock);
    const events: WrangleEvent[] = [];
    const told = () => new ToldEvents({ clock, emit: (event) => events.push(event) }, makeStage('a'));
    const ends = paths.map((path) => files.follow(path, told()));
    await clock.advance(500);
    for (const end of ends) end();
    expect(events).toEqual([]);
  });

  test('cannot be read: that says nothing, unless the disk is at fault when it has ended', async () => {
    const { fs, follow, append, tick, told } = rig();
    const first = follow();
    append(says('one'));
    fs.failNext('readPart', 'EACCES');
    await tick();
    expect(told()).toEqual([]);
    fs.failNext('readPart', 'EACCES');
    first();
    expect(told()).toEqual([]);
    const second = follow();
    fs.failNext('readPart', 'EIO');
    await tick();
    expect(told()).toEqual([]);
    fs.failNext('readPart', 'EIO');
    expect(() => second()).toThrow(expect.objectContaining({ code: 'EIO' }));
  });
});
