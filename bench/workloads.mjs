// The workloads: generated pipelines, the edits made to them, and what their outputs must hold. Knows no tool.
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How much of an input a stage reads. What stands behind it in a source can change without a stage noticing. */
const READ_BYTES = 8;

/**
 * `layers:N` or `wide:N`.
 * Shape: `{ name, stages: [{ id, inputs: [path], output, fixed? }], sources: Map(path -> text), late, unread }`, all paths
 * relative to the tree, stages in an order in which they can run. A stage with `fixed` writes that text; any other writes
 * the first 8 bytes of each input and then its id. `late` and `unread` are edits, `{ path, text(round) }`: of what a stage
 * near the end reads, and of a source of the first layer behind what its stage reads. Every round writes another text.
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
    // In front, so that what changes in it is also what the stages below take over.
    if (i === lateStage) inputs.push('src/late.txt');
    if (above < 0) inputs.push(sourcePath(column));
    else inputs.push(outputPath(above + column), outputPath(above + ((column + 1) % width)));
    if (above < 0) sources.set(sourcePath(column), sourceText(column, 0));
    stages.push({ id: stageId(i), inputs, output: outputPath(i) });
  }
  const late = { path: 'src/late.txt', text: (round) => `${String(round).padStart(READ_BYTES, '9')}\n` };
  sources.set(late.path, late.text(0));
  return { stages, sources, late, unread: { path: sourcePath(0), text: (round) => sourceText(0, round) } };
}

function wide(n) {
  const stages = [];
  for (let i = 0; i < n; i++) stages.push({ id: stageId(i), inputs: [], output: outputPath(i), fixed: 'x' });
  return { stages, sources: new Map(), late: undefined, unread: undefined };
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
  for (const folder of ['src', 'out']) mkdirSync(join(dir, folder), { recursive: true });
  for (const [path, text] of workload.sources) writeFileSync(join(dir, path), text);
}

/** The first output that is not what the sources as they are now make of it, as a sentence; undefined when all are. */
export function findWrongOutput(dir, workload) {
  const sources = new Map();
  for (const path of workload.sources.keys()) sources.set(path, readFileSync(join(dir, path), 'utf8'));
  const texts = textsOf(workload, sources);
  for (const { output } of workload.stages) {
    const path = join(dir, output);
    if (!existsSync(path)) return `${output} is missing`;
    const [wanted, found] = [texts.get(output), readFileSync(path, 'utf8')];
    if (found !== wanted) return `${output} holds ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`;
  }
  return undefined;
}

/** What every source and every output holds: path -> text. */
function textsOf({ stages }, sources) {
  const texts = new Map(sources);
  for (const { id, inputs, output, fixed } of stages) {
    const read = inputs.map((path) => texts.get(path).slice(0, READ_BYTES));
    texts.set(output, fixed ?? `${read.join('')}${id}\n`);
  }
  return texts;
}

/** The number of stages with an input whose bytes differ after `edit`. */
export function countAffected(workload, { path, text }) {
  const before = textsOf(workload, new Map(workload.sources).set(path, text(1)));
  const after = textsOf(workload, new Map(workload.sources).set(path, text(2)));
  return workload.stages.filter(({ inputs }) => inputs.some((input) => before.get(input) !== after.get(input))).length;
}

/** The number of stages that an edit reaches when nobody looks at bytes. */
export function countReached(workload, { path }) {
  const newer = new Set([path]);
  for (const { inputs, output } of workload.stages) if (inputs.some((input) => newer.has(input))) newer.add(output);
  return newer.size - 1;
}

export function applyEdit(dir, { path, text }, round) {
  writeFileSync(join(dir, path), text(round + 1));
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

function sourceText(column, round) {
  return `${String(column).padStart(READ_BYTES, '0')} unread ${round}\n`;
}
