// Edits as fast as a machine can make them, of the same size, right behind a build: never taken for no edit at all.
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openWorkspace } from '../../src/index.ts';
import { EngineProject } from '../support/engine-project.ts';
import { FULL, randomNumbers, tried } from './support/effort.ts';

const LOOPS = FULL ? 500 : 25;

test('on the real disk, by its own clock', async (context) => {
  const dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'wrangle-racy-')));
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
  fs.writeFileSync(
    join(dir, 'pipeline.yaml'),
    JSON.stringify({
      version: 1,
      stages: {
        copy: { run: ['cp', 'in.txt', `\${{ outputs.out }}`], inputs: { data: 'in.txt' }, outputs: { out: 'out.txt' } },
      },
    }),
  );
  const workspace = openWorkspace(dir);
  for (let loop = 0; loop < LOOPS; loop++) {
    const text = String(10_000 + loop);
    // In place, as an editor that keeps the inode does it.
    fs.writeFileSync(join(dir, 'in.txt'), text);
    const built = await workspace.build({ file: 'pipeline.yaml' });
    expect(built).toMatchObject({ outcome: 'done' });
    expect(fs.readFileSync(join(dir, 'out.txt'), 'utf8'), `after edit ${loop}`).toBe(text);
    tried(context, 'racy edits');
  }
});

/** Ticks of file systems: a jiffy, one second, and the two of FAT. */
const TICKS_MS = [10, 1000, 2000];

test.for(TICKS_MS)('on a disk whose clock goes in steps of %s ms', async (tickMs, context) => {
  const random = randomNumbers(`racy edits ${tickMs}`);
  const tick = BigInt(tickMs) * 1_000_000n;
  const project = new EngineProject();
  project.granularityNs = tick;
  project.fs.stepNs = 0n;
  project.pipeline({
    a: { inputs: { data: 'in' }, outputs: { out: 'a' } },
    b: { inputs: { data: 'a' }, outputs: { out: 'b' } },
  });
  for (let loop = 0; loop < LOOPS; loop++) {
    const text = String(10_000 + loop);
    project.write({ in: text });
    await project.build();
    expect(project.read('b'), `after edit ${loop}`).toBe(`b(a(${text}))`);
    // Mostly the next edit falls into the tick in which the build ended.
    if (random() < 0.3) project.fs.nowNs += tick * BigInt(1 + Math.floor(random() * 3));
    tried(context, 'racy edits');
  }
});
