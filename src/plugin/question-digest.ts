import type { Question } from '../model/question.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { sha256 } from '../util/hash.ts';

/** Two questions with the same one are the same question: an answer to one is an answer to the other. */
export function questionDigest({ text, schema }: Pick<Question, 'text' | 'schema'>): string {
  return sha256(canonicalJson([text, schema ?? null]));
}
