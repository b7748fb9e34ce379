// Takes tools through the scenarios of one workload, in turns, and checks every output after every run.
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess, tailOf } from './measure.mjs';
import {
  applyEdit,
  countAffected,
  countReached,
  findWrongOutput,
  removeOutputs,
  touchSources,
  writeTree,
} from './workloads.mjs';

/** A scenario in which one run takes longer than this has one round. */
const LONG_MS = 8000;

/**
 * `before` prepares the tree of one tool for one round; `ran` and `peersRan` are the numbers of stages that wrangle and
 * the others have to run, the latter undefined where theirs is a matter of how they work; `rounds` follows from the
 * repetitions asked for.
 */
const scenarios = {
  cold: {
    ran: ({ stages }) => stages.length,
    peersRan: ({ stages }) => stages.length,
    rounds: (reps) => reps,
  },
  'no-op': { ran: () => 0, peersRan: () => 0, rounds: (reps) => 2 * reps + 1 },
  'one change': {
    ran: (workload) => countAffected(workload, workload.late),
    peersRan: (workload) => countReached(workload, workload.late),
    rounds: (reps) => reps,
    before: (dir, workload, round) => applyEdit(dir, workload.late, round),
  },
  cutoff: {
    ran: (workload) => countAffected(workload, workload.unread),
    rounds: () => 1,
    before: (dir, workload, round) => applyEdit(dir, workload.unread, round),
  },
  touch: { ran: () => 0, rounds: () => 1, before: touchSources },
  restore: { ran: () => 0, rounds: (reps) => reps, before: removeOutputs, onlyCache: true },
};

/** What there is to do with a workload; without sources, nothing can change. */
export function scenariosOf(workload) {
  return workload.sources.size > 0 ? Object.keys(scenarios) : ['cold'];
}

/**
 * Runs those of `names` that `workload` has with each of `tools`, in folders below `scratch`: in the order above, because
 * each begins where the one before ended.
 * Shape: `[{ workload, scenario, tool, ms: [], ran: [], wanted, peakKib }]`; the tool `node -e 0` has times only.
 * Errors: throws when a tool fails, or when an output does not hold what the sources make of it.
 */
export async function runScenarios({ workload, tools, names, reps, scratch, note }) {
  const results = [];
  const places = new Map();
  for (const name of scenariosOf(workload).filter((one) => names.includes(one))) {
    const scenario = scenarios[name];
    const taking = tools.filter((tool) => tool.cache || !scenario.onlyCache);
    const of = (tool, wanted) => ({ workload: workload.name, scenario: name, tool, ms: [], ran: [], wanted });
    const node = of('node -e 0');
    const found = taking.map((tool) =>
      of(tool.name, (tool.name === 'wrangle' ? scenario.ran : scenario.peersRan)?.(workload)),
    );
    for (let round = 0; round < scenario.rounds(reps); round++) {
      if (found.some(({ ms }) => ms.some((value) => value > LONG_MS))) break;
      node.ms.push((await runProcess([process.execPath, '-e', '0'], scratch, join(scratch, 'node.log'))).ms);
      for (const [at, tool] of taking.entries()) {
        if (name === 'cold') places.set(tool, makePlace(tool, workload, scratch));
        await runOnce(tool, { workload, name, scenario, round, place: places.get(tool), result: found[at] });
        note(
          `${workload.name} ${name} ${tool.name}: ${Math.round(found[at].ms.at(-1))} ms, ${found[at].ran.at(-1)} ran`,
        );
      }
    }
    results.push(...found, node);
  }
  return results;
}

async function runOnce(tool, { workload, name, scenario, round, place, result }) {
  const { dir, countFile, logFile } = place;
  scenario.before?.(dir, workload, round);
  const before = sizeOf(countFile);
  const { ms, exit, peakKib } = await runProcess(tool.argv, dir, logFile);
  const problem = exit === 0 ? findWrongOutput(dir, workload) : `it ended with ${exit}:\n${tailOf(logFile)}`;
  if (problem !== undefined) throw new Error(`${tool.name}, ${workload.name}, ${name}: ${problem}`);
  result.ms.push(ms);
  result.ran.push(sizeOf(countFile) - before);
  result.peakKib = Math.max(result.peakKib ?? 0, peakKib ?? 0) || undefined;
}

/**
 * Every cold run has a tree of its own, and none is removed before the end: on some file systems making files is several
 * times slower for a minute after many were deleted.
 */
function makePlace(tool, workload, scratch) {
  const root = mkdtempSync(join(scratch, `${tool.name}-`));
  const place = { dir: join(root, 'tree'), countFile: join(root, 'count'), logFile: join(root, 'log') };
  writeTree(place.dir, workload);
  tool.write(place.dir, workload, place.countFile);
  return place;
}

function sizeOf(file) {
  return existsSync(file) ? statSync(file).size : 0;
}
