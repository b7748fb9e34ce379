// @ts-check
// Builds the pipeline beside this file from a program: follows its events, reads its metrics, answers its question.
// Run it: node examples/program/build.mjs
import { openWorkspace } from 'wrangle';

const workspace = openWorkspace(import.meta.dirname);

/** @param {import('wrangle').WrangleEvent} event */
function follow({ event, task_id: stage, details }) {
  if (event === 'task_completed') console.log(`${stage} is done`);
  if (event === 'task_failed' || event === 'task_suspended') console.log(`${stage}: ${details.message}`);
}

/** @param {import('wrangle').BuildOptions} options */
async function build(options) {
  const result = await workspace.build({ file: 'pipeline.yaml', on_event: follow, ...options });
  // Nothing ran: a mistake in the pipeline, say, with its place.
  if ('error' in result) throw new Error(result.error.message);
  return result;
}

let result = await build({ params: { limit: 10 } });
for (const [stage, { question }] of Object.entries(result.stages)) {
  if (!question) continue;
  console.log(`"${stage}" asks: ${question.text}`);
  result = await build({ params: { limit: 10 }, answers: { [stage]: true } });
}
console.log(`${result.outcome}: ${result.counts.ran} ran, ${result.counts.fresh} fresh`);

// Whether a stage ran just now or long ago.
const measured = await workspace.metrics({ file: 'pipeline.yaml', params: { limit: 10 } });
if ('stages' in measured) console.log(`sum of ${measured.stages.total?.rows} numbers: ${measured.stages.total?.sum}`);

if (result.outcome !== 'done') process.exitCode = 1;
