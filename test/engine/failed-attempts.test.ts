// What is kept of an attempt that failed, and what stages may leave in their folders without breaking the build.
import { describe, expect, test } from 'vitest';
import type { Behaviour, Run } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';

function crawler(change: Readonly<Record<string, unknown>> = {}): EngineProject {
  const project = new EngineProject();
  project.env['TOKEN'] = 'hush-hush-7';
  project.write({ 'data/in': '1' });
  project.pipeline({ crawl: { inputs: { data: 'data/in' }, outputs: { out: 'out/crawl' }, ...change } });
  return project;
}

const half: Behaviour = (process) => {
  process
    .writes({ [outputsOf(process)[0] ?? '']: 'half' })
    .prints('no good: hush-hush-7\n')
    .exit(3);
  return 'done';
};

const messageOf = (run: Run) => run.collected.stages.get('crawl')?.failure?.message;

describe('a failed attempt', () => {
  test('is kept with all that is needed to look at it and to run it again', async () => {
    const project = crawler({ secrets: ['TOKEN'], env: { LANG: 'C', NOTE: "it's" } });
    await project.build({ behave: half });
    const kept = project.failed('crawl');
    expect(Object.keys(kept)).toEqual([
      'attempt.json',
      'environment.sh',
      'log.txt',
      'outputs/out/crawl',
      'replay-request.json',
      'replay.sh',
      'request.json',
    ]);
    expect(kept['outputs/out/crawl']).toBe('half');
    expect(kept['log.txt']).toBe('no good: ***\n');
    expect(JSON.parse(kept['attempt.json'] ?? '')).toMatchObject({
      format: 1,
      stage: 'crawl',
      attempt: 1,
      cwd: '/w',
      inputs: [{ port: 'data', path: 'data/in', size_bytes: 1 }],
      failure: { code: 'exit-code', category: 'critical', message: 'It ended with exit code 3.', exit_code: 3 },
    });
    expect(kept['environment.sh']).toMatchInlineSnapshot(`
      "export PATH=/w/node_modules/.bin:/usr/bin:/bin
      export LANG=C
      export TZ=UTC
      export HOME=/home/u
      export USER=u
      export NOTE='it'\\''s'
      export WRANGLE_STAGE=crawl
      export WRANGLE_RUN_ID=20250615-150640-0004
      export WRANGLE_ATTEMPT=1
      export WRANGLE_SEED=123550918
      "
    `);
    expect(JSON.parse(kept['request.json'] ?? '')).toMatchObject({
      outputs: { out: { path: '/w/.wrangle/staging/crawl/0/out/crawl' } },
      events: '/w/.wrangle/staging/.attempts/1/events.jsonl',
    });
    const [folder] = Object.keys(project.fs.tree('/w/.wrangle/failed/crawl')).map((path) => path.split('/')[0]);
    const again = `/w/.wrangle/failed/crawl/${folder}/again`;
    expect(JSON.parse(kept['replay-request.json'] ?? '')).toMatchObject({
      inputs: { data: [{ path: '/w/data/in' }] },
      outputs: { out: { path: `${again}/.wrangle/staging/crawl/0/out/crawl` } },
      scratch: `${again}/.wrangle/scratch`,
      events: `${again}/.wrangle/events.jsonl`,
    });
    expect(kept['replay.sh']).toMatchInlineSnapshot(`
      "#!/bin/sh
      # Runs attempt 1 of the stage "crawl" again, in the folder "again" beside this file, which is made anew each time.
      # That folder looks like the workspace, but the places of the stage's outputs are its own: the workspace stays as it is.
      set -eu
      here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
      workspace=/w
      again=$here/again
      : "\${TOKEN:?is a secret of this stage: set it, and start again}"

      # Links what lies in a folder of the workspace, but for what is there already.
      link() {
        for entry in "$workspace/$1"* "$workspace/$1".[!.]* "$workspace/$1"..?*; do
          if [ -e "$entry" ] || [ -L "$entry" ]; then
            place=$again/$1\${entry##*/}
            if [ ! -e "$place" ] && [ ! -L "$place" ]; then ln -s -- "$entry" "$place"; fi
          fi
        done
      }

      rm -rf -- "$again"
      mkdir -p -- "$again/.wrangle/tmp"
      mkdir -p -- "$again"/out
      mkdir -p -- "$again"/.wrangle/staging/crawl/0/out
      link ''
      link out/
      rm -f -- "$again"/out/crawl
      if [ -d "$here/files" ]; then
        mkdir -p -- "$again"/.wrangle/staging/crawl
        cp -R -- "$here/files" "$again"/.wrangle/staging/crawl/files
      fi
      if [ -d /w/.wrangle/checkpoints/crawl/809e9c31248cc358252845cd13594d0f8b5ad4e7a4c6c06ffd95be4f3f817f45 ]; then cp -R -- /w/.wrangle/checkpoints/crawl/809e9c31248cc358252845cd13594d0f8b5ad4e7a4c6c06ffd95be4f3f817f45 "$here/again/.wrangle/scratch"; fi

      status=0
      (
        cd -- "$again"
        for name in $(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/) print name }'); do
          case $name in PATH | TOKEN | BASHOPTS | SHELLOPTS) ;; *) unset -v "$name" ;; esac
        done
        . "$here/environment.sh"
        export TMPDIR="$here/again/.wrangle/tmp"
        export WRANGLE_REQUEST="$here/replay-request.json"
        export WRANGLE_RESULT="$here/again/.wrangle/result.json"
        export WRANGLE_EVENTS="$here/again/.wrangle/events.jsonl"
        export WRANGLE_ANSWERS="$here/answers.json"
        export WRANGLE_SCRATCH="$here/again/.wrangle/scratch"
        exec /bin/bash --noprofile --norc -eo pipefail -c 'make crawl .wrangle/staging/crawl/0/out/crawl'
      ) || status=$?
      echo "It ended with exit code $status. What it wrote is in $again." >&2
      exit "$status"
      "
    `);
    expect(project.fs.lstat(`/w/.wrangle/failed/crawl/${folder}/replay.sh`)?.mode).toBe(0o755);
    expect(JSON.stringify(kept)).not.toContain('hush-hush');
  });

  test('of each attempt there is a folder of its own, and the record says which', async () => {
    const project = crawler({ retry: { max: 2 }, exit_codes: { 3: 'retryable' } });
    const run = await project.build({ behave: half });
    const kept = run.collected.stages.get('crawl')?.attempts.map((attempt) => attempt.kept) ?? [];
    expect(kept.map((folder) => project.read(`${folder}/outputs/out/crawl`))).toEqual(['half', 'half', 'half']);
    expect(new Set(kept).size).toBe(3);
  });

  test('a disk that is full then is a warning, and the failure is told', async () => {
    const project = crawler();
    const run = await project.build({
      behave: (process) => {
        project.fs.failNext('writeFile', 'ENOSPC', '/failed/');
        return half(process);
      },
    });
    expect(run.report).toMatchObject({ outcome: 'failed', environmentFailure: undefined });
    expect(messageOf(run)).toBe('It ended with exit code 3.');
    expect(run.warnings).toEqual([expect.stringMatching(/^Cannot keep all of the failed attempt: the disk is full/)]);
    expect(project.failed('crawl')['outputs/out/crawl']).toBe('half');
  });

  test('one that is stopped leaves only what it wrote', async () => {
    const project = crawler();
    const build = project.start();
    await build.idle();
    const process = project.runner.process('crawl');
    process.writes({ [outputsOf(process)[0] ?? '']: 'half' });
    build.stop();
    expect((await build.done).outcomes).toEqual({ crawl: 'cancelled' });
    expect(project.failed('crawl')).toEqual({ 'outputs/out/crawl': 'half' });
    expect(project.fs.tree('/w/.wrangle/staging')).toEqual({});
  });
});

describe('whatever a stage leaves, the build goes on', () => {
  const other = { inputs: { data: 'data/in' }, outputs: { out: 'out/other' } };
  /** `crawl` does as told, `other` succeeds. */
  const leaving = async (
    change: Readonly<Record<string, unknown>>,
    leave: (project: EngineProject, path: string) => void,
  ) => {
    const project = crawler();
    project.pipeline({ crawl: { inputs: { data: 'data/in' }, outputs: { out: 'out/crawl' }, ...change }, other });
    const run = await project.build({
      keepGoing: true,
      jobs: 1,
      behave: (process) => {
        if (process.stage !== 'crawl') return undefined;
        const [path = ''] = outputsOf(process);
        leave(project, path);
        process.exit(0);
        return 'done';
      },
    });
    expect(run.report).toMatchObject({ status: 'built', environmentFailure: undefined });
    expect(run.outcomes['other']).toBe('ran');
    expect(project.fs.tree('/w/.wrangle/staging')).toEqual({});
    return { project, run };
  };

  test('an output that its owner may not read fails the stage', async () => {
    const { project, run } = await leaving({}, ({ fs }, path) => {
      fs.write({ [path]: 'x' });
      fs.chmod(path, 0);
    });
    expect(messageOf(run)).toBe('Its output "out/crawl" cannot be kept: permission denied.');
    expect(project.failed('crawl')['outputs/out/crawl']).toBe('x');
  });

  test('so does a folder with something in it that cannot be read', async () => {
    const { run } = await leaving({ outputs: { out: 'out/crawl/' } }, ({ fs }, path) => {
      fs.write({ [`${path}/deep/x`]: 'x' });
      fs.chmod(`${path}/deep/x`, 0o200);
    });
    expect(messageOf(run)).toBe('Its output "out/crawl" cannot be kept: permission denied for "deep/x" in it.');
  });

  test('and one with a name that is no text', async () => {
    const { run } = await leaving({ outputs: { out: 'out/crawl/' } }, ({ fs }, path) => {
      fs.write({ [`${path}/x`]: 'x' });
      fs.failNext('readFolder', 'EILSEQ', '/out/crawl');
    });
    expect(messageOf(run)).toMatch(/^Its output "out\/crawl" cannot be kept: EILSEQ/);
  });

  test('a closed staging folder is opened again', async () => {
    const { project, run } = await leaving({}, ({ fs }, path) => {
      fs.write({ [path]: 'x' });
      fs.chmod('/w/.wrangle/staging/crawl/0/out', 0o500);
    });
    expect(run.outcomes).toEqual({ crawl: 'ran', other: 'ran' });
    expect(project.read('out/crawl')).toBe('x');
    expect(project.fs.count('chmod', '/staging/crawl/0/out')).toBe(2);
  });

  test('undeclared files whose names cannot be read are kept aside', async () => {
    const { project, run } = await leaving({}, ({ fs }, path) => {
      fs.write({ [path]: 'x', [`${path}.d/odd`]: 'y' });
      for (let times = 0; times < 2; times++) fs.failNext('readFolder', 'EILSEQ', '/out/crawl.d');
    });
    expect(run.outcomes).toEqual({ crawl: 'ran', other: 'ran' });
    expect(run.warnings).toEqual([
      expect.stringMatching(/^It wrote files with names that cannot be read, which no output declares; kept in "/),
    ]);
    expect(project.failed('crawl')['outputs/out/crawl.d/odd']).toBe('y');
  });

  test('a folder where the result document should be fails the stage', async () => {
    const { run } = await leaving({}, ({ fs, runner }, path) => {
      const { env } = runner.process('crawl').spec;
      fs.write({ [path]: 'x', [`${env['WRANGLE_RESULT']}/x`]: '', [`${env['WRANGLE_EVENTS']}/x`]: '' });
    });
    expect(messageOf(run)).toBe("The plugin's result document cannot be used: it is no file.");
  });

  test('a request that the process replaced is made anew for the next', async () => {
    const { run } = await leaving({}, ({ fs, runner }, path) => {
      const request = runner.process('crawl').spec.env['WRANGLE_REQUEST'] ?? '';
      fs.write({ [path]: 'x' });
      fs.remove(request);
      fs.write({ [`${request}/x`]: '' });
    });
    expect(run.outcomes).toEqual({ crawl: 'ran', other: 'ran' });
  });
});
