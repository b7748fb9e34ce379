// The results as tables, and the budgets they are held against. Measures nothing.
import { median } from './measure.mjs';
import { SETTLE_MS } from './watching.mjs';

const KIB_PER_MIB = 1024;
const MEMORY_MAX_MIB = 250;
/** Of a fan-out, whatever its size. */
const ITEMS_MIB_MAX = 1000;
const ITEMS_RATIO_MAX = 2;
const WORKER_MS_MAX = 3;
const WORKER_RATIO_MIN = 15;
const WATCH_MS_MAX = 60;
/** How much more memory the end may take than the first fifth. */
const GROWTH_MAX = 1.2;

const RATIOS = [
  { text: 'no-op at 1,000 stages', workload: 'layers:1000', scenario: 'no-op', other: 'node -e 0', max: 2.5 },
  { text: 'no-op at 10,000 stages', workload: 'layers:10000', scenario: 'no-op', other: 'node -e 0', max: 6 },
  { text: 'cold at 1,000 stages', workload: 'layers:1000', scenario: 'cold', other: 'ninja', max: 2.5 },
];
const PEAKS = [
  { text: 'peak memory at 10,000 stages, cold', workload: 'layers:10000', scenario: 'cold' },
  { text: 'peak memory at 10,000 stages, no-op', workload: 'layers:10000', scenario: 'no-op' },
  { text: 'peak memory at 10,000 stages, restore', workload: 'layers:10000', scenario: 'restore' },
];

/** The scenarios of a workload that a budget speaks of, in no order. */
export function scenariosWithBudget(workload) {
  const budgets = [...RATIOS, ...PEAKS].filter((budget) => budget.workload === workload);
  return [...new Set(budgets.map(({ scenario }) => scenario))];
}

/**
 * One line for each budget, and for each count of stages that had to run.
 * Shape: `{ text, ok, noisy }`: ok is undefined where these results do not say; what is noisy can be missed because the
 * machine was busy, and be met in the next run.
 */
export function checkBudgets(results) {
  const get = (workload, scenario, tool) =>
    results.find((r) => r.workload === workload && r.scenario === scenario && r.tool === tool);
  const lines = [];
  for (const { text, workload, scenario, other, max } of RATIOS) {
    const [ours, theirs] = [get(workload, scenario, 'wrangle'), get(workload, scenario, other)];
    const about = `${text}, against ${other}`;
    if (!ours || !theirs) {
      lines.push({ text: about, ok: undefined, noisy: true });
      continue;
    }
    const ratio = median(ours.ms) / median(theirs.ms);
    lines.push({ text: `${about}: ${ratio.toFixed(2)}x, at most ${max}x`, ok: ratio <= max, noisy: true });
  }
  for (const { text, workload, scenario } of PEAKS) {
    const peakKib = get(workload, scenario, 'wrangle')?.peakKib;
    if (peakKib === undefined) {
      lines.push({ text, ok: undefined, noisy: false });
      continue;
    }
    const mib = Math.ceil(peakKib / KIB_PER_MIB);
    const shown = `${text}: ${mib} MiB, less than ${MEMORY_MAX_MIB} MiB`;
    lines.push({ text: shown, ok: mib < MEMORY_MAX_MIB, noisy: false });
  }
  for (const { workload, scenario, tool, ran, wanted } of results) {
    if (wanted === undefined) continue;
    const found = [...new Set(ran)].join(' or ');
    const text = `stages that ${tool} ran, ${workload}, ${scenario}: ${found}, exactly ${wanted}`;
    lines.push({ text, ok: ran.every((count) => count === wanted), noisy: false });
  }
  return lines;
}

/** A Markdown table of one workload: medians, in brackets the stages that really ran, and what they are to each other. */
export function tableOf(results, workload) {
  const own = results.filter((r) => r.workload === workload);
  const columns = [...new Set(own.map(({ scenario }) => scenario))];
  const tools = [...new Set(own.map(({ tool }) => tool))].filter((tool) => tool !== 'node -e 0');
  const get = (tool, scenario) => own.find((r) => r.tool === tool && r.scenario === scenario);
  const cells = (show) => columns.map((scenario) => show(scenario) ?? '');
  const against = (tool) => [
    `wrangle / ${tool}`,
    ...cells((scenario) => {
      const [ours, theirs] = [get('wrangle', scenario), get(tool, scenario)];
      return ours && theirs && `${(median(ours.ms) / median(theirs.ms)).toFixed(2)}x`;
    }),
  ];
  const rows = [
    [workload, ...columns],
    ['---', ...columns.map(() => '--:')],
    ...tools.map((tool) => [
      tool,
      ...cells((scenario) => {
        const found = get(tool, scenario);
        return found && `${duration(median(found.ms))} (${found.ran.at(-1)})`;
      }),
    ]),
    ['node -e 0', ...cells((scenario) => duration(median(get('node -e 0', scenario).ms)))],
    ...[...tools, 'node -e 0'].filter((tool) => tool !== 'wrangle').map(against),
    [
      'peak memory of wrangle',
      ...cells((scenario) => {
        const peakKib = get('wrangle', scenario)?.peakKib;
        return peakKib && `${Math.round(peakKib / KIB_PER_MIB)} MiB`;
      }),
    ],
  ];
  const said = rows.filter((row) => row.slice(1).some((cell) => cell !== ''));
  return said.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Milliseconds a command or stage, from the doors to processes and from the workload of independent stages. */
export function dispatchLine(dispatch, results) {
  const each = (ms) => `${ms.toFixed(2)} ms`;
  const lines = [`node:child_process ${each(dispatch.spawn)}`, `execa ${each(dispatch.execa)}`];
  for (const { workload, scenario, tool, ms, wanted } of results) {
    if (!workload.startsWith('wide:') || scenario !== 'cold' || tool === 'node -e 0') continue;
    lines.push(`${tool}, ${workload} ${each(median(ms) / wanted)}`);
  }
  return `A short command, two at a time: ${lines.join('; ')}.`;
}

/** Of stages that do nothing. */
export function workersLine({ count, ms }) {
  const kinds = Object.entries(ms).map(([kind, values]) => `${kind} ${median(values).toFixed(2)} ms`);
  return `Each of ${count} stages that do nothing, two at a time: ${kinds.join('; ')}.`;
}

export function itemsLine({ count, cold, change, gone, idle }) {
  const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
  const mebibytes = (kib) => (kib === undefined ? '' : `, ${Math.round(kib / 1024)} MiB`);
  const noOp = seconds(median(idle.map(({ ms }) => ms)));
  return [
    `${count.toLocaleString('en')} items in batches: cold ${seconds(cold.ms)} (${(cold.ms / count || 0).toFixed(2)} ms each${mebibytes(cold.peakKib)}),`,
    `one changed ${seconds(change.ms)}${mebibytes(change.peakKib)}, one gone ${seconds(gone.ms)}, no-op ${noOp}${mebibytes(idle[0]?.peakKib)}.`,
  ].join(' ');
}

/** As `checkBudgets`. */
export function checkItems({ count, cold, change, idle, plain }) {
  const most = Math.max(...[cold, change, ...idle].map(({ peakKib }) => peakKib ?? 0)) / 1024;
  const ratio = plain && median(idle.map(({ ms }) => ms)) / median(plain.map(({ ms }) => ms));
  const items = `${count.toLocaleString('en')} items`;
  return [
    { text: `${items}, peak memory: ${Math.round(most)} MiB, at most ${ITEMS_MIB_MAX} MiB`, ok: most <= ITEMS_MIB_MAX },
    ...(ratio === undefined
      ? []
      : [
          {
            text: `${items}, no-op against as many declared stages: ${ratio.toFixed(2)}x, at most ${ITEMS_RATIO_MAX}x`,
            ok: ratio <= ITEMS_RATIO_MAX,
            noisy: true,
          },
        ]),
  ];
}

/** As `checkBudgets`. */
export function checkWorkers({ count, ms }) {
  const of = Object.fromEntries(Object.entries(ms).map(([kind, values]) => [kind, median(values)]));
  const more = of['with workers'] - of['run: "true"'];
  const ratio = of.without / of['with workers'];
  const stages = `${count} stages that do nothing`;
  return [
    {
      text: `${stages}, with workers, over run: "true": ${more.toFixed(2)} ms each, at most ${WORKER_MS_MAX} ms`,
      ok: more <= WORKER_MS_MAX,
      noisy: true,
    },
    {
      text: `${stages}, without workers, against with: ${ratio.toFixed(1)}x, at least ${WORKER_RATIO_MIN}x`,
      ok: ratio >= WORKER_RATIO_MIN,
      noisy: true,
    },
  ];
}

export function watchingLine(watched) {
  if (watched.kind === 'watch') {
    const [middle, most] = [median(watched.ms), Math.max(...watched.ms)].map((ms) => `${ms.toFixed(0)} ms`);
    return `Watching ${watched.count} stages, from an edit to the start of its stage: ${middle}, at most ${most}, of which ${SETTLE_MS} ms are waited for more.`;
  }
  const samples = watched.samples.map(({ edits, rssMib, files }) => `${edits}: ${rssMib} MiB, ${files} files`);
  return `Watching through ${watched.count} edits in ${watched.rounds} rounds, memory and open files after ${samples.join('; after ')}.`;
}

/** As one of `checkBudgets`. */
export function checkWatching(watched) {
  if (watched.kind === 'watch') {
    const ms = median(watched.ms) - SETTLE_MS;
    const text = `${watched.count} stages watched, an edit to the start of its stage beyond ${SETTLE_MS} ms: ${ms.toFixed(0)} ms, at most ${WATCH_MS_MAX} ms`;
    return { text, ok: ms <= WATCH_MS_MAX, noisy: true };
  }
  const { samples } = watched;
  const first = samples.slice(0, Math.max(1, Math.floor(samples.length / 5)));
  const rss = samples.at(-1).rssMib / Math.max(...first.map(({ rssMib }) => rssMib));
  const more = samples.at(-1).files - first[0].files;
  const text = `${watched.count} edits: memory at the end ${rss.toFixed(2)}x of the beginning, at most ${GROWTH_MAX}x; ${more} more open files, at most 0`;
  return { text, ok: rss <= GROWTH_MAX && more <= 0, noisy: false };
}

function duration(ms) {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(0)} ms`;
}
