// The benchmark: wrangle beside GNU make and ninja on generated pipelines. Prints tables and whether the budgets are
// met. Exits 1 when only a ratio missed its budget, which a busy machine can cause, and 2 for anything else that is wrong.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureDispatch } from './dispatch.mjs';
import { itemsCount, measureItems } from './items.mjs';
import { median } from './measure.mjs';
import {
  checkBudgets,
  checkItems,
  checkWatching,
  checkWorkers,
  dispatchLine,
  itemsLine,
  scenariosWithBudget,
  tableOf,
  watchingLine,
  workersLine,
} from './report.mjs';
import { runScenarios, scenariosOf } from './scenarios.mjs';
import { tools } from './tools.mjs';
import { measureEdits, measureWatch, watchingOf } from './watching.mjs';
import { measureWorkers, workerCount } from './workers.mjs';
import { makeWorkload } from './workloads.mjs';

const HELP = `npm run bench -- [options]   (after npm run build)
  --short             what CI runs: 1,000 stages, and wrangle alone at 10,000
  --workloads A,B     layers:N, wide:N, workers:N, items:N, watch:N or edits:N
                      (default: layers:1000,wide:1000,layers:10000,workers:1000,items:5000,
                      watch:10000)
  --tools A,B         of wrangle, ninja, make (default: all)
  --reps N            rounds (default: 3)
  --require-peers     fail when a tool is missing or a budget was not measured
  --json FILE         write every single measurement
  --keep              keep the generated trees`;

const FULL = ['layers:1000', 'wide:1000', 'layers:10000', 'workers:1000', 'items:5000', 'watch:10000'].map((name) => ({
  name,
}));
const SHORT = [
  { name: 'layers:1000' },
  { name: 'wide:300' },
  {
    name: 'layers:10000',
    // The others take their time at this size, and no budget speaks of them.
    scenarios: [...scenariosWithBudget('layers:10000'), 'one change'],
    reps: 1,
    only: 'wrangle',
    optional: true,
  },
];
/** A short run that would take longer leaves its optional workload out. */
const SHORT_MS_MAX = 90_000;

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    workloads: { type: 'string' },
    tools: { type: 'string' },
    reps: { type: 'string', default: '3' },
    'require-peers': { type: 'boolean', default: false },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) console.log(HELP);
else
  process.exitCode = await main().catch((error) => {
    console.error(error.message);
    return 2;
  });

async function main() {
  const known = tools.map(({ name }) => name);
  const wanted = options.tools?.split(',') ?? known;
  if (!wanted.every((name) => known.includes(name))) throw new Error(`--tools takes some of ${known.join(', ')}`);
  if (!(Number(options.reps) >= 1)) throw new Error('--reps takes a number from 1');
  const versions = new Map(tools.filter(({ name }) => wanted.includes(name)).map((tool) => [tool, tool.version()]));
  const missing = [...versions].filter(([, version]) => version === undefined).map(([{ name }]) => name);
  for (const name of missing)
    console.error(`${name} is not there${name === 'wrangle' ? '; run "npm run build"' : ', so it is left out'}`);
  if (missing.includes('wrangle') || (options['require-peers'] && missing.length > 0)) return 2;

  const present = [...versions.keys()].filter((tool) => versions.get(tool) !== undefined);
  const scratch = mkdtempSync(join(tmpdir(), 'wrangle-bench-'));
  try {
    return await measure(present, versions, scratch);
  } finally {
    if (options.keep) console.error(`kept ${scratch}`);
    else rmSync(scratch, { recursive: true, force: true });
  }
}

async function measure(present, versions, scratch) {
  const named = options.workloads?.split(',').map((name) => ({ name }));
  const startedAt = performance.now();
  const results = [];
  const workers = [];
  const items = [];
  const watching = [];
  const note = (text) => console.error(text);
  let leftOut = false;
  for (const { name, scenarios, reps, only, optional } of named ?? (options.short ? SHORT : FULL)) {
    if (optional && performance.now() - startedAt + expectedMs(results) > SHORT_MS_MAX) {
      console.error(`${name} is left out: this machine is too slow or too busy for it now`);
      leftOut = true;
      continue;
    }
    const count = workerCount(name);
    if (count !== undefined) {
      workers.push(await measureWorkers({ count, reps: Number(options.reps), scratch, note }));
      continue;
    }
    const listed = itemsCount(name);
    if (listed !== undefined) {
      items.push(await measureItems({ count: listed, reps: Number(options.reps), scratch, note }));
      continue;
    }
    const watched = watchingOf(name);
    if (watched) {
      const measureIt = watched.kind === 'watch' ? measureWatch : measureEdits;
      watching.push(await measureIt({ count: watched.count, scratch, note }));
      continue;
    }
    const workload = makeWorkload(name);
    const found = await runScenarios({
      workload,
      tools: present.filter((tool) => only === undefined || tool.name === only),
      names: scenarios ?? scenariosOf(workload),
      reps: reps ?? Number(options.reps),
      scratch,
      note,
    });
    results.push(...found);
  }
  const dispatch = await measureDispatch(200, 3);
  const machine = {
    cores: availableParallelism(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    load: Number(loadavg()[0].toFixed(1)),
    tools: Object.fromEntries([...versions].map(([{ name }, version]) => [name, version ?? null])),
  };
  const budgets = [
    ...(results.length > 0 ? checkBudgets(results) : []),
    ...workers.flatMap(checkWorkers),
    ...items.flatMap(checkItems),
    ...watching.map(checkWatching),
  ];
  console.log(heading(machine, performance.now() - startedAt));
  for (const name of new Set(results.map(({ workload }) => workload))) console.log(`\n${tableOf(results, name)}`);
  console.log(
    `\n${[dispatchLine(dispatch, results), ...workers.map(workersLine), ...items.map(itemsLine), ...watching.map(watchingLine)].join('\n')}\n`,
  );
  const mustMeasure = options['require-peers'] && !leftOut;
  for (const { text, ok } of budgets) {
    const verdict = ok ? 'pass' : ok === false || mustMeasure ? 'FAIL' : 'left out';
    console.log(`${verdict}  ${text}${ok === undefined ? ': not measured' : ''}`);
  }
  if (options.json)
    writeFileSync(
      options.json,
      `${JSON.stringify({ machine, results, workers, watching, dispatch, budgets }, null, 2)}\n`,
    );
  const missed = budgets.filter(({ ok }) => ok === false || (mustMeasure && ok === undefined));
  return missed.some(({ ok, noisy }) => ok === undefined || !noisy) ? 2 : missed.length > 0 ? 1 : 0;
}

/** Of the cold run at 10,000 stages, from that at 1,000, and a little for what follows it. */
function expectedMs(results) {
  const cold = results.find((r) => r.workload === 'layers:1000' && r.scenario === 'cold' && r.tool === 'wrangle');
  return cold ? 12 * median(cold.ms) : 0;
}

function heading({ cores, node, platform, load, tools: versions }, ms) {
  const named = Object.entries(versions).filter(([, version]) => version !== null);
  const list = named.map(([name, version]) => `${name} ${version}`).join(', ');
  return `${list}; Node ${node}, ${platform}, ${cores} cores, load ${load}; two stages at a time; took ${Math.round(ms / 1000)} s.
Medians; in brackets the stages that really ran.`;
}
