/** What a stage asks a person, and what is known of the answer. */
import type { Json } from '../util/canonical-json.ts';

export interface Question {
  /** The key of the answer. */
  readonly id: string;
  /** What the person reads. */
  readonly text: string;
  /** JSON Schema of the answer. */
  readonly schema?: Json;
}

/** Question id -> answer. */
export type Answers = { readonly [id: string]: Json };

/** A question that a stage waits for, as events, records and reports show it. */
export interface AwaitedAnswer {
  readonly id: string;
  readonly text: string;
  /** Null where any JSON will do. */
  readonly schema: Json;
  /** Where the answer belongs, from the workspace: a JSON file, question id -> answer. */
  readonly file: string;
  /** Why what stands there is no answer: a sentence; null when there is none. */
  readonly problem: string | null;
}

/** Of a process that ends with exit code 42 and says no more. */
export function unnamedQuestion(stage: string): Question {
  return { id: 'answer', text: `The stage ${stage} ended with exit code 42: it waits for an answer.` };
}
