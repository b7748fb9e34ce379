// JavaScript with its types in comments: TypeScript checks it, and Node runs it as it is.
import { readFileSync, writeFileSync } from 'node:fs';
import { defineStage } from 'wrangle/plugin';

// What the manifest declares, as types; after a change of it: wrangle plugin types
/** @type {import('wrangle/plugin').StageDefinition<import('../stage-types.d.ts').Hello>} */
const hello = {
  run(ctx) {
    const { names } = ctx.inputs;
    const people = readFileSync(names.path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    // A failure has a code for machines, a category for retries, and a sentence for people.
    if (people.length === 0) ctx.fail('no-names', 'critical', 'There is not one name in the list.');
    writeFileSync(ctx.outputs.greetings.path, people.map((person) => `${ctx.params.greeting}, ${person}!\n`).join(''));
    ctx.metrics['people'] = people.length;
  },
};

defineStage(hello);
