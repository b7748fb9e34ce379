/** What `diff` prints: what began it, the way from there to the outputs, what differs, metrics. Pure. */
import { describeCause } from '../model/cause-text.ts';
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { FirstCause, MetricDiff, OutputDiff, RunDiff, UnwellStage, ValueChange } from '../model/run-diff.ts';
import type { RunSummary } from '../model/run-record.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { countOf, formatBytes, formatCount, listOf, shellWord, shown } from './format.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';
import { valueLines } from './why-text.ts';

/** More rows of a kind than this are counted, unless all are asked for. */
const ROWS_MAX = 20;
/** So many instances have a row each. */
const UNFOLDED_MAX = 3;
const VALUE_LENGTH_MAX = 40;

export function runDiffText(diff: RunDiff, style: Style, isWhole: boolean): string {
  const { before, after } = diff;
  if (before.run_id === after.run_id) return `Both are run ${shown(before.run_id)}, so nothing differs.\n`;
  const rowsMax = isWhole ? Number.POSITIVE_INFINITY : ROWS_MAX;
  const sections = [
    [
      ...alignColumns([runRow('before', before), runRow('after', after)]).map(style.dim),
      ...diff.notes.map((note) => shown(note)),
    ],
    [headline(diff, style)],
    section('Params', style, alignColumns(diff.params.map(valueRow)), rowsMax),
    section('First causes', style, causeBlocks(diff, style, isWhole), rowsMax),
    section('From cause to output', style, wayLines(diff, isWhole), rowsMax),
    section('Outputs', style, alignColumns(outputRows(diff, isWhole)), rowsMax),
    section('Metrics', style, metricLines(diff, style), rowsMax),
    section('Did not end well', style, alignColumns(unwellRows(diff.unwell)), rowsMax),
    stagesOfOne('before', diff.only_before),
    stagesOfOne('after', diff.only_after),
    hints(diff, style),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function runRow(name: string, { run_id, started_at, outcome, pipeline, undoes }: RunSummary): string[] {
  const when = shown(started_at.slice(0, 19).replace('T', ' '));
  const what = undoes === undefined ? shown(pipeline) : `undid ${shown(undoes)}`;
  return [name, shown(run_id), when, outcome, what];
}

function headline({ outputs, stages, first_causes, asked, instances }: RunDiff, style: Style): string {
  if (outputs.length === 0) {
    return asked === undefined
      ? 'Every output is the same in both runs.'
      : `${style.bold(shown(asked))} is the same in both runs.`;
  }
  const what = asked === undefined ? countOf(outputs.length, 'output') : shown(asked);
  const differ = asked !== undefined || outputs.length === 1 ? 'differs' : 'differ';
  const folded = [...new Set(stages.map(({ id }) => declaredId(id)))].filter((id) => instances.has(id));
  const [only] = folded;
  const of = (id: string) => {
    const count = stages.filter((stage) => declaredId(stage.id) === id).length;
    return ` (${shown(id)}: ${formatCount(count)} of ${countOf(instances.get(id) ?? count, 'instance')})`;
  };
  const part = folded.length === 1 && only !== undefined ? of(only) : '';
  const began =
    first_causes.length === 1
      ? `${differ === 'differs' ? 'it has' : 'they have'} one first cause`
      : `there are ${countOf(first_causes.length, 'first cause')}`;
  return style.bold(`${what} ${differ}${part}, and ${began}.`);
}

function section(title: string, style: Style, rows: readonly string[], rowsMax: number): string[] {
  if (rows.length === 0) return [];
  const more = rows.length - rowsMax;
  const lines = rows.slice(0, rowsMax).flatMap((row) => row.split('\n').map((line) => `  ${line}`.trimEnd()));
  const rest = more > 0 ? [`  ${style.dim(`and ${formatCount(more)} more; -v lists all`)}`] : [];
  return [style.bold(title), ...lines, ...rest];
}

/** One for each stage; instances that tell the same share one. */
function causeBlocks({ first_causes, instances }: RunDiff, style: Style, isWhole: boolean): string[] {
  return foldedBy(
    first_causes,
    ({ kind, causes }) => `${kind} ${causes.map(({ part, change }) => `${part} ${change}`)}`,
    {
      isWhole,
    },
  ).map(({ first, members }) => {
    const name = members.length === 1 ? shown(first.stage) : folded(first.stage, members.length, instances);
    const lines = causeLines(first, style);
    const more = members.length - 1;
    const others = more > 0 ? [style.dim(`so in ${shown(first.stage)}, and alike in ${formatCount(more)} more`)] : [];
    return [style.bold(name), ...[...lines, ...others].map((line) => `  ${line}`)].join('\n');
  });
}

function folded(stage: string, count: number, instances: RunDiff['instances']): string {
  const id = declaredId(stage);
  return `${shown(id)}, ${formatCount(count)} of ${countOf(instances.get(id) ?? count, 'instance')}`;
}

function causeLines({ causes, message }: FirstCause, style: Style): string[] {
  const told = message === undefined ? [] : [shown(message)];
  const lines = causes.flatMap((cause) => {
    const { sentence, before, after } = describeCause(cause);
    return valueLines(sentence, before, after, style);
  });
  return [...told, ...lines];
}

/** The shortest way of each; those that differ in their instances alone are one. */
function wayLines({ first_causes }: RunDiff, isWhole: boolean): string[] {
  const ways = foldedBy(first_causes, ({ path }) => path.map(declaredId).join(' '), { isWhole });
  return ways.map(({ first: { path, output, left_out }, members }) => {
    const names = path.map((id) => shown(members.length === 1 ? id : anyInstance(id)));
    const half = Math.ceil(names.length / 2);
    const middle = left_out > 0 ? [`… ${formatCount(left_out)} more …`] : [];
    const outputs = new Set(members.map((one) => one.output)).size;
    const end = outputs === 1 ? shown(output) : `${shown(output)} and ${formatCount(outputs - 1)} more`;
    return [...names.slice(0, half), ...middle, ...names.slice(half), end].join(' -> ');
  });
}

function anyInstance(id: string): string {
  return isInstanceId(id) ? `${declaredId(id)}@*` : id;
}

function outputRows({ outputs, instances }: RunDiff, isWhole: boolean): string[][] {
  const rows = foldedBy(outputs, ({ change }) => change, { isWhole });
  return rows.map(({ first, members }) => {
    const { path, stage, change, before, after } = first;
    if (members.length === 1) return [shown(path), shown(stage), bytesText(change, before, after)];
    const more = `${shown(path)} and ${formatCount(members.length - 1)} more`;
    return [more, folded(stage, members.length, instances), change];
  });
}

function bytesText(change: OutputDiff['change'], before: OutputDiff['before'], after: OutputDiff['after']): string {
  if (!before || !after) return `${change} (${formatBytes((before ?? after)?.size_bytes ?? 0)})`;
  const [was, is] = [before, after].map(({ size_bytes }) => formatBytes(size_bytes));
  return was === is ? `changed (${was})` : `changed (${was} -> ${is})`;
}

function metricLines({ metrics, same_metrics: same }: RunDiff, style: Style): string[] {
  const rest = same === 0 || metrics.length === 0 ? [] : [style.dim(`${formatCount(same)} more as before`)];
  return [...alignColumns(metrics.map(metricRow)), ...rest];
}

function metricRow({ stage, ...value }: MetricDiff): string[] {
  const [name = '', ...rest] = valueRow(value);
  return [`${shown(stage)}.${name}`, ...rest, changeText(value)];
}

function valueRow({ name, before, after }: ValueChange): string[] {
  return [shown(name), `${valueText(before)} -> ${valueText(after)}`];
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return 'none';
  const text = shown(typeof value === 'string' ? value : canonicalJson(value));
  return text.length <= VALUE_LENGTH_MAX ? text : `${text.slice(0, VALUE_LENGTH_MAX - 1)}…`;
}

/** Of two numbers: `+10 (+5 %)`. */
function changeText({ before, after }: ValueChange): string {
  if (typeof before !== 'number' || typeof after !== 'number') return '';
  const difference = signed(after - before);
  return before === 0 ? difference : `${difference} (${signed(((after - before) / Math.abs(before)) * 100)} %)`;
}

function signed(value: number): string {
  const text = String(Number(value.toPrecision(3)));
  return value > 0 ? `+${text}` : text;
}

function unwellRows(stages: readonly UnwellStage[]): string[][] {
  return stages.map(({ stage, before, after, reason }) => {
    const runs = before !== null && after !== null ? 'in both' : before === null ? 'after' : 'before';
    return [shown(stage), `${after ?? before} ${runs}`, shown(reason.split('\n')[0] ?? '')];
  });
}

function stagesOfOne(which: 'before' | 'after', ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const names = [...new Set(ids.map(declaredId))].map((id) => shown(id));
  const has = which === 'before' ? 'The run before had' : 'The run after has';
  return [`${has} ${listOf(names)}, which the other has not.`];
}

function hints({ first_causes }: RunDiff, style: Style): string[] {
  const random = first_causes.filter(({ kind }) => kind === 'same-inputs').map(({ stage }) => declaredId(stage));
  if (random.length === 0) return [];
  return [
    style.dim(`Where it differs: wrangle build --check-determinism=${shellWord([...new Set(random)].join(' '))}`),
  ];
}

/** Instances of one stage that are alike, as soon as there are many. In order of the first of each. */
function foldedBy<Of extends { readonly stage: string }>(
  all: readonly Of[],
  alike: (one: Of) => string,
  { isWhole }: { readonly isWhole: boolean },
): { readonly first: Of; readonly members: readonly Of[] }[] {
  const groups = new Map<string, Of[]>();
  for (const [at, one] of all.entries()) {
    const key = isWhole || !isInstanceId(one.stage) ? `${at}` : `${declaredId(one.stage)}@ ${alike(one)}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].flatMap((members) =>
    members.length > UNFOLDED_MAX
      ? [{ first: members[0] as Of, members }]
      : members.map((first) => ({ first, members: [first] })),
  );
}
