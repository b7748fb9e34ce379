// The fakes that other tests stand on do what they say.
import { describe, expect, test } from 'vitest';
import type { ProcessSpec } from '../../../src/ports/command-runner.ts';
import type { WatchNews } from '../../../src/ports/folder-watcher.ts';
import { FakeCommandRunner } from '../../support/fake-command-runner.ts';
import { type FakeFolderWatch, FakeFolderWatcher } from '../../support/fake-folder-watcher.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const spec = (stage: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  stage,
  door: 'command',
  argv: ['true'],
  cwd: '/w',
  env: {},
  logPath: `/w/logs/${stage}.log`,
  timeoutMs: undefined,
  graceMs: 0,
  secrets: [],
  onOutput: undefined,
  ...more,
});

describe('MemoryFileSystem', () => {
  test('shows a tree as text', () => {
    const fs = new MemoryFileSystem();
    fs.write({ '/w/b': 'two', '/w/a/x': 'one' });
    fs.makeFolder('/w/empty');
    fs.makeLink('b', '/w/link');
    expect(Object.entries(fs.tree('/w'))).toEqual([
      ['a/x', 'one'],
      ['b', 'two'],
      ['empty/', ''],
      ['link', '-> b'],
    ]);
    expect(fs.tree('/missing')).toEqual({});
  });

  test('fails once, where it was told to, and logs every call', async () => {
    const fs = new MemoryFileSystem();
    fs.write({ '/a': 'a', '/b': 'b' });
    fs.failNext('copyFile', 'ENOSPC', '/to');
    await expect(fs.copyFile('/a', '/to')).rejects.toThrow("ENOSPC: made to fail, copyFile '/a'");
    await fs.copyFile('/a', '/to');
    fs.failNext('writeFile', 'ENOSPC', 'b');
    expect(() => fs.writeFile('/b', 'new')).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    fs.failNext('writeFile', 'EACCES');
    expect(() => fs.writeFile('/a', 'new')).toThrow(expect.objectContaining({ code: 'EACCES' }));
    expect(fs.tree('/')).toEqual({ a: 'a', to: 'a' });
    expect(fs.operations).toEqual([
      { op: 'copyFile', path: '/a', to: '/to' },
      { op: 'copyFile', path: '/a', to: '/to' },
      { op: 'writeFile', path: '/b' },
      { op: 'writeFile', path: '/a' },
    ]);
    expect(fs.count('copyFile', '/a')).toBe(2);
  });

  test('an edit within one tick that keeps the size keeps the key, as on a coarse disk', () => {
    const fs = new MemoryFileSystem();
    fs.stepNs = 0n;
    fs.writeFile('/file', 'one');
    const key = fs.lstat('/file')?.key;
    fs.writeFile('/file', 'two');
    expect(fs.lstat('/file')?.key).toBe(key);
    fs.nowNs += 1n;
    fs.writeFile('/file', 'two');
    expect(fs.lstat('/file')?.key).not.toBe(key);
  });

  test('restored times still change the key', () => {
    const fs = new MemoryFileSystem();
    fs.writeFile('/file', 'one');
    const before = fs.lstat('/file');
    fs.writeFile('/file', 'two');
    fs.setTimes('/file', before?.mtimeNs ?? 0n);
    expect(fs.lstat('/file')?.mtimeNs).toBe(before?.mtimeNs);
    expect(fs.lstat('/file')?.key).not.toBe(before?.key);
  });
});

describe('FakeCommandRunner', () => {
  test('holds each process until it is released', async () => {
    const fs = new MemoryFileSystem();
    const runner = new FakeCommandRunner(fs);
    const texts: string[] = [];
    const a = runner.start(spec('a', { secrets: ['s3cr3t'], onOutput: (text) => texts.push(text) }));
    runner.start(spec('b'));
    expect(runner.running()).toEqual(['a', 'b']);
    runner.process('a').writes({ 'out/x': 'text' }).prints('hello s3cr3t\nworld').exit(3);
    expect(await a.ended).toEqual({
      how: 'exit',
      exitCode: 3,
      signal: undefined,
      message: undefined,
      tail: ['hello ***', 'world'],
      hasLog: true,
      leftovers: false,
      durationMs: 1,
    });
    expect(texts).toEqual(['hello ***\nworld\n']);
    expect(fs.tree('/w')).toEqual({ 'logs/a.log': 'hello ***\nworld', 'out/x': 'text' });
    expect(runner.running()).toEqual(['b']);
    expect(runner.started).toEqual(['a', 'b']);
    expect(() => runner.process('a').exit(0)).toThrow('the process of "a" has ended already');
    expect(() => runner.process('c')).toThrow('"c" has not been started; started: a, b');
  });

  test('ends by a handler, by a signal, by a cancel, or never starts', async () => {
    const fs = new MemoryFileSystem();
    fs.write({ '/w/in': 'input' });
    const runner = new FakeCommandRunner(fs);
    runner.onStart((process) => {
      if (process.stage === 'copy') process.writes({ out: process.reads('in') }).exit(0);
      if (process.stage === 'killed') process.signal('SIGKILL');
      if (process.stage === 'absent') process.notStarted('The command "x" was not found.');
      if (process.stage === 'slow') process.timeout();
      if (process.stage === 'stubborn') process.ignoresCancel = true;
    });
    const how = async (stage: string) => (await runner.start(spec(stage)).ended).how;
    expect(await how('copy')).toBe('exit');
    expect(await how('killed')).toBe('signal');
    expect(await how('absent')).toBe('not-started');
    expect(await how('slow')).toBe('timeout');
    expect(fs.tree('/w')).toEqual({ in: 'input', out: 'input' });
    const obedient = runner.start(spec('obedient'));
    obedient.cancel();
    expect(await obedient.ended).toMatchObject({ how: 'cancelled', signal: 'SIGTERM' });
    const stubborn = runner.start(spec('stubborn'));
    await Promise.resolve();
    stubborn.cancel();
    expect(runner.running()).toEqual(['stubborn']);
    stubborn.cancel(true);
    expect(await stubborn.ended).toMatchObject({ how: 'cancelled', signal: 'SIGKILL' });
    expect(runner.process('stubborn').cancels).toEqual([false, true]);
  });
});

describe('ManualClock', () => {
  test('stands still until it is moved, and wakes sleepers in order', async () => {
    const clock = new ManualClock({ nowMs: 1000 });
    const woken: string[] = [];
    const steps: number[] = [];
    clock.onAdvance((ms) => steps.push(ms));
    const late = clock.sleep(30).then(() => woken.push(`late at ${clock.monotonicMs()}`));
    const early = clock.sleep(10).then(async () => {
      woken.push(`early at ${clock.monotonicMs()}`);
      await clock.sleep(5);
      woken.push(`again at ${clock.monotonicMs()}`);
    });
    expect(clock.sleepers).toBe(2);
    await clock.advance(29);
    expect(woken).toEqual(['early at 10', 'again at 15']);
    await clock.advance(1);
    await Promise.all([late, early]);
    expect(woken).toEqual(['early at 10', 'again at 15', 'late at 30']);
    expect(clock.nowMs()).toBe(1030);
    expect(steps.reduce((sum, ms) => sum + ms)).toBe(30);
  });

  test('moves by itself when it is told to', async () => {
    const clock = new ManualClock({ auto: true });
    await clock.sleep(500);
    expect(clock.monotonicMs()).toBe(500);
  });
});

test('FakeFolderWatcher tells whoever has not closed, and keeps what was asked for', async () => {
  const fake = new FakeFolderWatcher();
  const places = { folders: ['/w/in'], trees: ['/w/data'], ignored: ['/w/.wrangle'] };
  const told: WatchNews[] = [];
  const first = await fake.watchFolders(places, (news) => told.push(news));
  await fake.watchFolders({ ...places, trees: [] }, (news) => told.push(news));
  fake.hint('/w/in/a');
  await first.close();
  fake.tell({ type: 'overflow' });
  const asked = ({ places: { trees }, isClosed }: FakeFolderWatch) => ({ trees, isClosed });
  expect(fake.watches.map(asked)).toEqual([
    { trees: ['/w/data'], isClosed: true },
    { trees: [], isClosed: false },
  ]);
  expect(told).toEqual([{ type: 'hint', path: '/w/in/a' }, { type: 'hint', path: '/w/in/a' }, { type: 'overflow' }]);
});
