/** What pipelines rely on in every stage type, tried on one stage of an example. */
import { posix } from 'node:path';
import { walkFolder } from '../../digest/tree.ts';
import type { StageRequest } from '../../plugin/protocol.ts';
import { quoteName } from '../../util/harmless-text.ts';
import type { Attempted, TestBench, Variation } from './attempts.ts';
import { printedText, STOP_MS } from './attempts.ts';
import { contentsOf, copyTree } from './contents.ts';
import type { Sample, Started } from './examples.ts';

/** Null: it holds. */
export type Verdict = null | { readonly outcome: 'failed' | 'skipped'; readonly reason: string };

export interface StageCheck {
  readonly check: string;
  readonly sentence: string;
  readonly run: (trial: Trial) => Promise<Verdict> | Verdict;
}

export interface Trial {
  readonly bench: TestBench;
  readonly sample: Sample;
  readonly started: Started;
  /** The request as it was, in a folder of its own; it ended well. */
  readonly plain: Attempted;
  /** `workspaceContents` before that. */
  readonly untouched: string;
}

/** Looks at what wrangle itself made of the stage. */
export const BUILD_CHECKS: readonly (Omit<StageCheck, 'run'> & { run: (sample: Sample) => Verdict })[] = [
  { check: 'builds', sentence: 'wrangle builds it, and what it makes fits the schemas of its manifest.', run: builds },
  { check: 'expected', sentence: 'It makes what is in examples/expected/.', run: makesWhatIsExpected },
  { check: 'fresh', sentence: 'Built again, it is fresh.', run: isFresh },
];

export const STAGE_CHECKS: readonly StageCheck[] = [
  { check: 'alike', sentence: 'Run twice, it makes the same.', run: runsAlike },
  {
    check: 'unknown-field',
    sentence: 'It passes over fields of the request that it does not know.',
    run: passesOverUnknown,
  },
  {
    check: 'odd-names',
    sentence: 'It copes with names of files that have spaces, quotes, line breaks or a "-" in front.',
    run: copesWithOddNames,
  },
  { check: 'read-only', sentence: 'It only reads its inputs.', run: onlyReads },
  { check: 'printing', sentence: 'Nothing depends on who reads what it prints.', run: ignoresReaders },
  { check: 'missing-input', sentence: 'Where an input is missing, it fails.', run: failsWithoutInput },
  { check: 'blocked-output', sentence: 'Where an output cannot be written, it fails.', run: failsWithoutOutput },
  { check: 'stop', sentence: 'Told to stop, it ends soon, and says of nothing half that it is whole.', run: stops },
  { check: 'tidy', sentence: 'It writes nothing but its outputs.', run: isTidy },
];

export function failed(reason: string): Verdict {
  return { outcome: 'failed', reason };
}

export function skipped(reason: string): Verdict {
  return { outcome: 'skipped', reason };
}

function builds({ failure, notRun }: Sample): Verdict {
  if (failure) {
    return failed(`${failure.message}${printedText(failure.tail, failure.code)}`);
  }
  return notRun === undefined ? null : failed(`It did not run: ${notRun}`);
}

function makesWhatIsExpected({ outputs, failure, notRun }: Sample): Verdict {
  if (failure || notRun !== undefined) return skipped('It made nothing.');
  const known = [...outputs].filter(([, { expected }]) => expected !== undefined);
  if (known.length === 0) {
    return skipped(
      `There is no file of its outputs in it, such as ${quoteName([...outputs.keys()][0] ?? 'its output')}.`,
    );
  }
  const wrong = known.find(([, { made, expected }]) => made !== expected);
  return wrong ? failed(`${quoteName(wrong[0])} differs from ${quoteName(`examples/expected/${wrong[0]}`)}.`) : null;
}

function isFresh({ isFresh: fresh, stage, failure, notRun }: Sample): Verdict {
  if (failure || notRun !== undefined) return skipped('It was not built.');
  if (stage.always) return skipped('The example says "always: true".');
  return fresh ? null : failed('A second build ran it again, although nothing but its own outputs had been written.');
}

async function runsAlike({ bench, sample, started, plain }: Trial): Promise<Verdict> {
  if (sample.stage.always) return skipped('The example says "always: true".');
  return sameAs(plain, await bench.attempt(sample, started));
}

function sameAs(plain: Attempted, other: Attempted): Verdict {
  if (other.problem !== undefined) return failed(other.problem);
  const differing = [...plain.outputs].find(([port, contents]) => other.outputs.get(port) !== contents);
  return differing ? failed(`The output "${differing[0]}" differs, although what it was made from is the same.`) : null;
}

/** As `sameAs`, unless the example says that nothing can be compared. */
export function alikeUnlessAlways({ sample, plain }: Trial, other: Attempted): Verdict {
  if (!sample.stage.always) return sameAs(plain, other);
  return other.problem === undefined ? null : failed(other.problem);
}

function isTidy({ bench, sample, plain, untouched }: Trial): Verdict {
  if (workspaceContents(bench, sample) !== untouched) return failed('It wrote into the workspace.');
  for (const { path, kind } of plain.folder.outputs) {
    if (kind === 'folder') continue;
    const folder = posix.dirname(path);
    const stray = bench.fs.readFolder(folder)?.find(({ name }) => name !== posix.basename(path));
    if (stray) return failed(`It left ${quoteName(stray.name)} beside ${quoteName(posix.basename(path))}.`);
  }
  return null;
}

/** Of the copy of the examples, without what wrangle keeps there: equal when nothing was written. */
export function workspaceContents({ fs }: TestBench, { workspace }: Sample): string {
  const found = walkFolder(fs, workspace)?.filter(({ path }) => !/^\.wrangle(\/|$)/.test(path)) ?? [];
  // The same bytes may have been written in the build that went before, so what counts is whether a file was touched.
  return JSON.stringify(
    found.map(({ path, type }) => [path, type === 'folder' ? type : fs.lstat(`${workspace}/${path}`)?.key]),
  );
}

async function passesOverUnknown(trial: Trial): Promise<Verdict> {
  const { bench, sample, started } = trial;
  const other = await bench.attempt(sample, started, {
    request: (request) => {
      const inputs = Object.fromEntries(
        Object.entries(request.inputs).map(([port, items]) => [
          port,
          items.map((item) => ({ ...item, later: [null] })),
        ]),
      );
      return { ...request, inputs, later: { than: 'this version', list: [1, { a: [] }] } } as StageRequest;
    },
  });
  return alikeUnlessAlways(trial, other);
}

/** All that a name may have and that programs stumble over, and a word to find it again in what was made. */
const ODD_WORD = 'oddly-named';
const ODD_NAME = `-- it's "${ODD_WORD}"; $HOME *\n#1 é名 `;

async function copesWithOddNames(trial: Trial): Promise<Verdict> {
  const { bench, sample, started, plain } = trial;
  const inputs = await placeInputs(bench, started.request, (name) => `${ODD_NAME}/${ODD_NAME}${posix.extname(name)}`);
  const other = await bench.attempt(sample, started, {
    request: (request) => ({ ...request, inputs }),
    outputName: (name) => `${ODD_NAME}/${ODD_NAME}${posix.extname(name)}`,
  });
  if (other.problem !== undefined) return failed(other.problem);
  // What was made may well name what it was made from.
  const named = other.folder.outputs.filter(
    ({ kind, path }) => kind === 'folder' || bench.fs.readText(path)?.includes(ODD_WORD),
  );
  const comparable = new Map([...plain.outputs].filter(([label]) => !named.some(({ port }) => label.startsWith(port))));
  return alikeUnlessAlways({ ...trial, plain: { ...plain, outputs: comparable } }, other);
}

/** Copies of the inputs; `rename` makes the path of each from its name. */
async function placeInputs(
  bench: TestBench,
  request: StageRequest,
  rename: (name: string) => string,
): Promise<StageRequest['inputs']> {
  const root = bench.makeFolder();
  const inputs: [string, StageRequest['inputs'][string]][] = [];
  for (const [port, items] of Object.entries(request.inputs)) {
    const placed: StageRequest['inputs'][string][number][] = [];
    for (const [at, item] of items.entries()) {
      const path = `${root}/${port}/${at}/${rename(posix.basename(item.path))}`;
      bench.fs.makeFolder(posix.dirname(path));
      await copyTree(bench.fs, item.path, path);
      placed.push({ ...item, path });
    }
    inputs.push([port, placed]);
  }
  return Object.fromEntries(inputs);
}

async function onlyReads(trial: Trial): Promise<Verdict> {
  const { bench, sample, started } = trial;
  const { fs } = bench;
  const inputs = await placeInputs(bench, started.request, (name) => name);
  const paths = Object.values(inputs).flatMap((items) => items.map(({ path }) => path));
  if (paths.length === 0) return skipped('It has no inputs.');
  const contents = () => Promise.all(paths.map((path) => contentsOf(fs, path)));
  const before = await contents();
  const closed = paths.flatMap((path) => [path, posix.dirname(path)]);
  const modes = closed.map((path): [string, number] => [path, fs.stat(path)?.mode ?? 0o755]);
  for (const [path, mode] of modes) fs.chmod(path, mode & 0o555);
  const other = await bench.attempt(sample, started, { request: (request) => ({ ...request, inputs }) });
  // A folder that is closed could not be removed.
  for (const [path, mode] of modes) fs.chmod(path, mode);
  const changed = (await contents()).findIndex((now, at) => now !== before[at]);
  if (changed >= 0) return failed(`It changed ${quoteName(posix.basename(paths[changed] ?? ''))}.`);
  return alikeUnlessAlways(trial, other);
}

async function ignoresReaders(trial: Trial): Promise<Verdict> {
  const { bench, sample, started } = trial;
  const other = await bench.attempt(sample, started, {
    argv: (argv) => ['/bin/sh', '-c', 'exec "$@" > /dev/null 2>&1', 'sh', ...argv],
  });
  return alikeUnlessAlways(trial, other);
}

async function failsWithoutInput({ bench, sample, started }: Trial): Promise<Verdict> {
  const missing = `${bench.makeFolder()}/not-there`;
  const first = Object.entries(started.request.inputs).find(([, items]) => items.length > 0);
  if (!first) return skipped('It has no inputs.');
  const [port, items] = first;
  const moved = items.map((item) => ({ ...item, path: `${missing}/${posix.basename(item.path)}` }));
  const { saysOk } = await bench.attempt(sample, started, {
    request: (request) => ({ ...request, inputs: { ...request.inputs, [port]: moved } }),
  });
  return saysOk ? failed(`It says that it ended well, although there is nothing at its input "${port}".`) : null;
}

async function failsWithoutOutput({ bench, sample, started, plain }: Trial): Promise<Verdict> {
  const [first] = plain.folder.outputs;
  if (!first) return skipped('It has no outputs.');
  const { problem, saysOk } = await bench.attempt(sample, started, {
    prepare: ({ outputs: [output] }) => {
      if (!output) return;
      bench.fs.remove(output.path);
      // What is there is of the other kind, and no empty folder that could just be replaced.
      if (output.kind === 'folder') return bench.fs.writeFile(output.path, '');
      bench.fs.makeFolder(`${output.path}/in the way`);
    },
  });
  // Whoever clears the way and writes has done nothing wrong.
  if (!saysOk || problem === undefined) return null;
  return failed(`It says that it ended well, although its output "${first.port}" could not be written.`);
}

/** Parts of the time that it takes. */
const STOP_AT = [0, 0.3, 0.6, 0.9];

/** Of an attempt that takes so long. */
export function stopAt(part: number, durationMs: number): NonNullable<Variation['stop']> {
  return part === 0 ? 'at once' : part * durationMs;
}

async function stops({ bench, sample, started, plain }: Trial): Promise<Verdict> {
  for (const part of STOP_AT) {
    const stopped = await bench.attempt(sample, started, { stop: stopAt(part, plain.durationMs) });
    if (stopped.stopMs !== undefined && stopped.stopMs >= STOP_MS) {
      return failed(`It went on for ${STOP_MS / 1000} seconds after it was told to, and had to be killed.`);
    }
    if (stopped.saysOk && stopped.problem !== undefined) {
      return failed(`Stopped, it says that it ended well. ${stopped.problem}`);
    }
    const isHalf = [...stopped.outputs].some(([port, contents]) => contents !== plain.outputs.get(port));
    if (stopped.saysOk && !sample.stage.always && isHalf) {
      return failed('Stopped, it says that it ended well, and its outputs are not those of a whole run.');
    }
  }
  return null;
}
