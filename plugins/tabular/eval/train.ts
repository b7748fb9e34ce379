/**
 * `npm run eval -- --train DIR`: makes the model of the classes of columns anew, from a folder of labelled columns. The
 * same columns give the same bytes.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openModel } from '../src/profile/class-model.ts';
import { prepare, train } from './training/class-trainer.ts';
import { readLabelled } from './training/labelled-columns.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Say where the labelled columns are: npm run eval -- --train DIR');
  process.exit(2);
}
const { digest, columns } = readLabelled(resolve(folder));
const packed = train(prepare(columns), digest);
const { classOf } = openModel(packed);
const right = columns.filter(({ column, label }) => classOf(column) === label).length;
const lines = Object.entries(packed).map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`);
const file = join(process.env['WRANGLE_TABULAR'] ?? '', 'src/profile/class-model.generated.ts');
writeFileSync(
  file,
  `// Made by \`npm run eval -- --train\`; see eval/training.
import type { PackedModel } from './class-model.ts';

export const CLASS_MODEL: PackedModel = {
${lines.join('\n')}
};
`,
);
console.log(`${columns.length} columns, of which ${right} are classed as they are labelled.`);
