/** `vote`: how many attempts answer, and what their answers are compared by. */
import * as catalog from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { OutputPort, Vote } from '../model/pipeline.ts';
import { UNDECIDED } from '../model/pipeline.ts';
import { showValue } from '../schema/findings.ts';
import { bareExpression } from './bare-expression.ts';
import { reportWrong } from './read-values.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping, joinMembers } from './stage-reader.ts';

const AHEAD = 3;
const MAX = 10;
const ANY = 'Write "vote": {} for what is usual.';

export interface VotedOn {
  readonly outputs: readonly Pick<OutputPort, 'name' | 'in_place'>[];
  /** Of a fan-out: how many items share an attempt. */
  readonly batch?: number | undefined;
}

/** Undefined: nobody votes. Errors: `vote-unsupported`, `invalid-value`, those of expressions. */
export function readVote(reader: StageReader, { outputs, batch = 1 }: VotedOn): Vote | undefined {
  const layers = reader.layers('vote');
  // What was said before it was switched off does not come back.
  const written = layers.slice(layers.findLastIndex((placed) => placed?.value === false) + 1);
  for (const placed of written) {
    if (placed?.value !== true) continue;
    const message = '"vote" must be a mapping or false, not true.';
    reader.report(placed.pointer, (location) => catalog.wrongType({ message, location, help: ANY }));
  }
  if (!written.some((placed) => isMapping(placed?.value))) return undefined;
  const members = joinMembers(written);
  const place = reader.own('vote')?.pointer ?? reader.pointer();
  const inPlace = outputs.filter((port) => port.in_place).map(({ name }) => name);
  const why =
    outputs.length === 0 ? 'no outputs' : inPlace.length > 0 ? 'in place' : batch > 1 ? ('batch' as const) : undefined;
  if (why) {
    reader.report(place, (location) => catalog.voteUnsupported({ why, ports: inPlace, location }), 'key');
    return undefined;
  }
  const ahead = readCount(reader, members.get('ahead')) ?? AHEAD;
  const max = readCount(reader, members.get('max')) ?? Math.max(MAX, 2 * ahead);
  if (max < ahead) {
    const placed = members.get('max') ?? members.get('ahead');
    const message = `"max" must not be less than "ahead", which is ${ahead}; it is ${max}.`;
    reportWrong(reader, placed?.pointer ?? place, message);
  }
  const names = new Set(outputs.map(({ name }) => name));
  const by = readBy(reader, members.get('by'), names);
  return {
    ahead,
    max,
    ...(by === undefined ? {} : { by }),
    undecided: readUndecided(reader, members.get('undecided')) ?? 'fail',
  };
}

function readCount(reader: StageReader, placed: Placed | undefined): number | undefined {
  const value = placed && reader.value(placed);
  if (!placed || value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  const message = `"${placed.pointer.at(-1)}" must be a whole number from 1, not ${showValue(value)}.`;
  reportWrong(reader, placed.pointer, message);
  return undefined;
}

function readUndecided(reader: StageReader, placed: Placed | undefined): Vote['undecided'] | undefined {
  const value = placed && reader.value(placed);
  if (!placed || value === undefined) return undefined;
  const found = UNDECIDED.find((choice) => choice === value);
  if (found !== undefined) return found;
  const suggestion = typeof value === 'string' ? nearest(value, UNDECIDED) : undefined;
  const help = suggestion === undefined ? undefined : `Did you mean "${suggestion}"?`;
  const allowed = UNDECIDED.map((choice) => `"${choice}"`).join(' or ');
  const message = `"undecided" must be ${allowed}, not ${showValue(value)}.`;
  reader.report(placed.pointer, (location) => catalog.invalidValue({ message, location, help }));
  return undefined;
}

function readBy(reader: StageReader, placed: Placed | undefined, outputs: ReadonlySet<string>): string | undefined {
  if (typeof placed?.value !== 'string') return undefined;
  const { value, pointer } = placed;
  const [port = 'out'] = outputs;
  const source = bareExpression(reader, { key: 'by', example: `outputs.${port}.json.answer` }, { value, pointer });
  if (source === undefined) return undefined;
  const ports = { inputs: new Set<string>(), outputs };
  const found = reader.expression(source, pointer, { ports, contents: true });
  if (!found) return undefined;
  if (found.kind === 'hole') return found.expr;
  const message = '"by" speaks of no output, so all answers would be the same.';
  const help = `Speak of what the stage makes, as in outputs.${port}.json.answer.`;
  reader.report(pointer, (location) => catalog.invalidValue({ message, location, help }));
  return undefined;
}
