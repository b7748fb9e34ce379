/** `reshape`: several operators of the shape of a table in a row, where only all of them together make sense. */
import type { ProfileDocument } from '../documents.generated.ts';
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { explode } from './explode.ts';
import { ffill } from './ffill.ts';
import { listed } from './numbered.ts';
import { defineOperator, type Operator, type Proposal, type ProposeOptions } from './operator.ts';
import { pivot } from './pivot.ts';
import { stack, stackProposals } from './stack.ts';
import { subtitle } from './subtitle.ts';
import type { ResultColumn, Transformation } from './transformation.ts';
import { transpose } from './transpose.ts';
import { groupProposals, wideToLong } from './wide-to-long.ts';

interface Step {
  readonly operator: string;
  /** Of the table that the steps before have made. */
  readonly columns: readonly string[];
  readonly params: object;
}

interface Params {
  readonly steps: readonly Step[];
}

const STEPS = new Map([stack, wideToLong, transpose, pivot, ffill, explode, subtitle].map((one) => [one.name, one]));

export const reshape = defineOperator<Params>({
  name: 'reshape',
  phase: 'shape',
  changes: 'table',
  reversible: 'with_log',
  fitted: true,
  idempotent: false,
  cost: 6,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['steps'],
    properties: {
      steps: {
        description: 'Operators, each with columns and params for the table that those before it make.',
        type: 'array',
        minItems: 2,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['operator', 'columns', 'params'],
          properties: {
            operator: { enum: [...STEPS.keys()] },
            columns: { type: 'array', minItems: 1, items: { type: 'string' } },
            params: { type: 'object' },
          },
        },
      },
    },
  },
  propose: (profile, options) => {
    const all = profile.columns.map(({ name }) => name);
    return chains(profile, options).map(({ steps, confidence, reason, evidence }) => ({
      columns: all,
      params: { steps },
      reason,
      preconditions: [{ what: 'reshape.steps', value: steps.length, threshold: 2, is: 'at_least' as const }],
      evidence,
      confidence,
      flagged: null,
    }));
  },
  describe: (_, { steps }) => {
    const [first = '', ...others] = steps.map(({ operator, columns, params }) =>
      stepOperator(operator).describe(columns, params),
    );
    return [first, ...others.map((text) => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`)].join(', then ');
  },
  transform: (_, { steps }, all) => {
    let columns: readonly ResultColumn[] = all.map((name) => ({ name }));
    let sql = 'SELECT * FROM data';
    for (const { operator, columns: of, params } of steps) {
      const names = columns.map(({ name }) => name);
      const missing = of.find((name) => !names.includes(name));
      if (missing !== undefined) throw new Error(`The steps before it leave no column "${missing}".`);
      const made = stepOperator(operator).transform(of, params, names);
      sql = `SELECT * FROM (WITH data AS (${sql}) ${wholeSql(made, names)})`;
      columns = columnsOf(made, columns);
    }
    return { kind: 'table', columns, sql };
  },
});

interface Chain {
  readonly steps: readonly Step[];
  readonly confidence: number;
  readonly reason: string;
  readonly evidence: { readonly [name: string]: unknown };
}

/** What a second step has to be by itself to come along with a first one. */
const SECOND_MIN = { stack: 0.6, wide_to_long: 0.6, explode: 0.5 } as const;
const TRANSPOSE_MIN = 0.3;
const AFTER_MIN = 0.75;

/** What stands in the way of the second step goes first: gaps and subtitles, or rows that should be columns. */
function chains(profile: ProfileDocument, options: ProposeOptions): Chain[] {
  const best = (operator: Operator) =>
    operator.propose(profile, options).sort((a, b) => b.confidence - a.confidence)[0];
  const step = ({ name }: Operator, { columns, params }: Proposal<object>) => ({ operator: name, columns, params });
  const found: Chain[] = [];
  const add = (first: Operator, second: Operator, one?: Proposal<object>, other?: Proposal<object>) => {
    if (!one || !other) return;
    found.push({
      steps: [step(first, one), step(second, other)],
      // More is explained than by either of them alone.
      confidence: Math.min(0.97, Math.max(one.confidence, other.confidence) + 0.02),
      reason: `${one.reason} ${other.reason}`,
      evidence: { [first.name]: one.evidence, [second.name]: other.evidence },
    });
  };
  for (const first of [ffill, subtitle]) {
    const one = best(first);
    if (!one || one.confidence < 0.5) continue;
    for (const second of [wideToLong, stack, explode] as const) {
      const other = best(second);
      if (!other || other.confidence < SECOND_MIN[second.name as keyof typeof SECOND_MIN]) continue;
      if (one.columns.some((column) => second !== explode && other.columns.includes(column))) continue;
      add(first, second, one, other);
      break;
    }
  }
  const turn = best(transpose);
  if (turn && turn.confidence >= TRANSPOSE_MIN) {
    const { blocks, groups } = profile.reshape.transpose.after;
    const made = transpose.transform(
      turn.columns,
      turn.params,
      profile.columns.map(({ name }) => name),
    );
    const columns = (made.kind === 'table' ? made.columns : []).map(({ name }) => ({ name, label: name }));
    const [group] = groupProposals(groups, columns);
    const [block] = stackProposals(blocks, columns);
    const size = block?.columns.length ?? 0;
    const isPart = size >= 0.5 * columns.length && size < columns.length - 1;
    if (group && group.confidence >= AFTER_MIN) add(transpose, wideToLong, turn, group);
    else if (block && isPart && block.confidence >= AFTER_MIN) add(transpose, stack, turn, block);
  }
  return found;
}

function stepOperator(name: string): Operator {
  const found = STEPS.get(name);
  if (!found) throw new Error(`"${name}" does not change the shape of a table.`);
  return found;
}

function columnsOf(made: Transformation, before: readonly ResultColumn[]): readonly ResultColumn[] {
  if (made.kind === 'cells' || made.kind === 'rows') return before;
  // A column of the first table keeps its label through all steps.
  const known = new Map(before.map((column) => [column.name, column]));
  return made.columns.map((column) => ('label' in column ? column : (known.get(column.name) ?? column)));
}

function wholeSql(made: Transformation, all: readonly string[]): string {
  if (made.kind !== 'cells') return made.sql;
  const kept = all.filter((column) => !made.columns.includes(column));
  const cells = all.map((column) => (kept.includes(column) ? `d.${sqlName(column)}` : `n.${sqlName(column)}`));
  return `SELECT d.${[ROW, ...cells].join(', ')} FROM data d JOIN (SELECT ${ROW}${listed(made.columns)} FROM (${made.sql})) n USING (${ROW})`;
}
