// The workloads: generated pipelines, the edits made to them, and what their outputs must hold. Knows no tool.
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How much of an input a stage reads. What stands behind it in a source can change without a stage noticing. */
const READ_BYTES = 8;

/**
 * `layers:N` or `wide:N`.
 * Shape: `{ name, stages: [{ id, inputs: [path], output, fixed? }], sources: Map(path -> text), late, first }`, all paths
 * relative to the tree, stages in an order in which they can run. A stage with `fixed` writes that text; any other writes
 * the first 8 bytes of each input and then its id. `late` is a source near the end, `first` one that the first layer reads.
 */
export function makeWorkload(name) {
  const [kind, count] = name.split(':');
  const n = Number(count);
  if (!Number.isInteger(n) || n < 1) throw new Error(`"${name}" is no workload: layers:N or wide:N`);
  if (kind === 'layers') return { name, ...layers(n) };
  if (kind === 'wide') return { name, ...wide(n) };
  throw new Error(`"${name}" is no workload: layers:N or wide:N`);
}

function layers(n) {
  const width = Math.max(2, Math.round(Math.sqrt(n)));
  const lateStage = Math.max(0, Math.floor(n / width) - 3) * width;
  const sources = new Map();
  const stages = [];
  for (let i = 0; i < n; i++) {
    const column = i % width;
    const above = i - column - width;
    const inputs = [];
    if (above < 0) inputs.push(sourcePath(column));
    else inputs.push(outputPath(above + column), outputPath(above + ((column + 1) % width)));
    if (above < 0) sources.set(sourcePath(column), `${String(column).padStart(READ_BYTES, '0')} unread 0\n`);
    if (i === lateStage) inputs.push('src/late.txt');
    stages.push({ id: stageId(i), inputs, output: outputPath(i) });
  }
  sources.set('src/late.txt', lateText(0));
  return { stages, sources, late: 'src/late.txt', first: sourcePath(0) };
}

function wide(n) {
  const stages = [];
  for (let i = 0; i < n; i++) stages.push({ id: stageId(i), inputs: [], output: outputPath(i), fixed: 'x' });
  return { stages, sources: new Map(), late: undefined, first: undefined };
}

/**
 * The stage as text for a shell, given how the tool at hand writes the paths of its inputs and its output. The last
 * command counts: one byte for each stage that really ran, in a file that no tool knows of.
 */
export function commandOf(stage, inputs, output, countFile) {
  const steps = inputs.map((input, at) => `head -c ${READ_BYTES} ${input} ${at === 0 ? '>' : '>>'} ${output}`);
  steps.push(stage.fixed === undefined ? `echo ${stage.id} >> ${output}` : `printf ${stage.fixed} > ${output}`);
  steps.push(`printf . >> ${countFile}`);
  return steps.join('; ');
}

/** Writes the sources of `workload` into a new folder `dir`. */
export function writeTree(dir, workload) {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(join(dir, 'src'), { recursive: true });
  mkdirSync(join(dir, 'out'));
  for (const [path, text] of workload.sources) writeFileSync(join(dir, path), text);
}

/** The first output that is not what the sources as they are now make of it, as a sentence; undefined when all are. */
export function findWrongOutput(dir, workload) {
  const texts = new Map();
  for (const path of workload.sources.keys()) texts.set(path, readFileSync(join(dir, path), 'utf8'));
  for (const stage of workload.stages) {
    const read = stage.inputs.map((path) => texts.get(path).slice(0, READ_BYTES));
    const wanted = stage.fixed ?? `${read.join('')}${stage.id}\n`;
    texts.set(stage.output, wanted);
    const path = join(dir, stage.output);
    if (!existsSync(path)) return `${stage.output} is missing`;
    const found = readFileSync(path, 'utf8');
    if (found !== wanted) return `${stage.output} holds ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`;
  }
  return undefined;
}

/** The number of stages that a change of the bytes of `path` reaches. */
export function countReached(workload, path) {
  const changed = new Set([path]);
  for (const { inputs, output } of workload.stages) if (inputs.some((input) => changed.has(input))) changed.add(output);
  return changed.size - 1;
}

/** Changes what a stage near the end reads. `round` makes it differ from the rounds before. */
export function changeLate(dir, workload, round) {
  writeFileSync(join(dir, workload.late), lateText(round + 1));
}

/** Changes a source of the first layer behind the bytes that its stage reads. */
export function changeUnread(dir, workload, round) {
  const path = join(dir, workload.first);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/unread \d+/, `unread ${round + 1}`));
}

/** A new modification time and the same bytes, for every source. */
export function touchSources(dir, workload) {
  const now = new Date();
  for (const path of workload.sources.keys()) utimesSync(join(dir, path), now, now);
}

export function removeOutputs(dir, workload) {
  for (const { output } of workload.stages) rmSync(join(dir, output), { force: true });
}

function stageId(i) {
  return `s${String(i).padStart(5, '0')}`;
}

function outputPath(i) {
  return `out/${stageId(i)}.txt`;
}

function sourcePath(column) {
  return `src/c${String(column).padStart(4, '0')}.txt`;
}

function lateText(round) {
  return `late${String(round).padStart(READ_BYTES - 4, '0')} unread 0\n`;
}
