// Modes that a stage gives its outputs, and folders that may not be written: published whole, or refused with a sentence.
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';
import { MemoryFileSystem } from '../support/memory-file-system.ts';

/** As Linux: a folder that may not be written cannot be moved elsewhere, for its entry ".." would change. */
class StrictFolders extends MemoryFileSystem {
  override rename(from: string, to: string): void {
    const stat = super.lstat(from);
    const moves = from.slice(0, from.lastIndexOf('/')) !== to.slice(0, to.lastIndexOf('/'));
    if (stat?.type === 'folder' && moves && (stat.mode & 0o200) === 0) {
      throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
    }
    super.rename(from, to);
  }
}

function folderProject(fs = new StrictFolders()): EngineProject {
  const project = new EngineProject(fs);
  project.write({ in: '1' });
  project.pipeline({ make: { inputs: { d: 'in' }, outputs: { dir: 'out/' } } });
  return project;
}

/** The stage writes its folder and gives a path in it this mode. */
const withMode = (project: EngineProject, mode: number, inside = ''): Behaviour => {
  return (process) => {
    const [folder = ''] = outputsOf(process);
    process.writes({ [`${folder}/data`]: `made of ${process.reads('in')}` });
    project.fs.chmod(`${folder}${inside}`, mode);
    process.exit(0);
    return 'done';
  };
};

describe('a folder that may not be written', () => {
  test('is published as it is, replaced by the next, and comes back from the store', async () => {
    const project = folderProject();
    const behave = withMode(project, 0o555);
    expect((await project.build({ behave })).outcomes).toEqual({ make: 'ran' });
    expect(project.fs.lstat('/w/out')?.mode).toBe(0o555);
    project.write({ in: '2' });
    const { outcomes, warnings } = await project.build({ behave });
    expect({ outcomes, warnings }).toEqual({ outcomes: { make: 'ran' }, warnings: [] });
    expect(project.read('out/data')).toBe('made of 2');
    expect(project.fs.lstat('/w/out')?.mode).toBe(0o555);
    project.write({ in: '1' });
    expect((await project.build({ behave })).outcomes).toEqual({ make: 'restored' });
    expect(project.read('out/data')).toBe('made of 1');
  });

  test('that the user made so is replaced all the same', async () => {
    const project = folderProject();
    await project.build();
    project.fs.chmod('/w/out', 0o555);
    project.write({ in: '2' });
    expect((await project.build()).outcomes).toEqual({ make: 'ran' });
    expect(project.read('out/data')).toBe('make(2)');
  });
});

describe('a folder that may not be written, written in place', () => {
  /** The command names no output, so it writes where the old bytes are. */
  async function inPlaceProject(): Promise<EngineProject> {
    const project = new EngineProject(new StrictFolders());
    project.write({ in: '1' });
    project.pipeline({ make: { inputs: { d: 'in' }, outputs: { dir: 'out/' }, run: 'make it' } });
    await project.build({ behave: withMode(project, 0o555) });
    project.write({ in: '2' });
    return project;
  }

  test('makes way for the new one', async () => {
    const project = await inPlaceProject();
    expect((await project.build({ behave: withMode(project, 0o555) })).outcomes).toEqual({ make: 'ran' });
    expect(project.read('out/data')).toBe('made of 2');
  });

  test('comes back when the stage fails, with its mode', async () => {
    const project = await inPlaceProject();
    const { outcomes } = await project.build({
      behave: (process) => {
        process.writes({ [`${outputsOf(process)[0]}/data`]: 'half' });
        project.fs.chmod('/w/out', 0o555);
        process.exit(1);
        return 'done';
      },
    });
    expect(outcomes).toEqual({ make: 'failed' });
    expect(project.read('out/data')).toBe('made of 1');
    expect(project.fs.lstat('/w/out')?.mode).toBe(0o555);
  });
});

test('an edited folder that may not be written is moved aside like any other', async () => {
  const project = folderProject();
  await project.build();
  project.write({ 'out/mine': 'edit', in: '2' });
  project.fs.chmod('/w/out', 0o555);
  const { outcomes, warnings } = await project.build();
  expect(outcomes).toEqual({ make: 'ran' });
  expect(warnings).toEqual(['"out" was changed outside wrangle; what was there is now in ".wrangle/displaced/out".']);
  expect(project.read('.wrangle/displaced/out/mine')).toBe('edit');
});
