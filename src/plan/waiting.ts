/**
 * Does a stage that would run wait for an answer instead? It does when it would only ask again what it has asked, and
 * when what stands in its file is no answer (design-notes, "Scratch, checkpoints, answers").
 */
import { nearest } from '../diagnostics/suggest.ts';
import type { Answers, AwaitedAnswer, Question } from '../model/question.ts';
import { unnamedQuestion } from '../model/question.ts';
import { answerFile } from '../store/answer-files.ts';
import type { OpenQuestion, StageQuestions } from '../store/index-file.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { Result } from '../util/result.ts';

export interface Asked {
  readonly stage: string;
  /** What the index knows. */
  readonly questions: StageQuestions | undefined;
  /** Of the stage as it is now, without answers. */
  readonly base: string;
  /** Undefined when there is no file. */
  readonly given: Result<Answers, string> | undefined;
  /** It runs though nothing has changed since it asked. */
  readonly insists: boolean;
}

/** Undefined when the stage may run. */
export async function findWaiting(asked: Asked): Promise<AwaitedAnswer | undefined> {
  const { stage, questions, base, given, insists } = asked;
  const open = questions?.open?.base === base ? questions.open : undefined;
  const question = (open && questions?.asked[open.id]) ?? unnamedQuestion(stage);
  if (given && !given.ok) return awaited(stage, question, given.error);
  const answers = given?.value ?? {};
  if (open?.waits && !insists && !isNewlyAnswered(open, questions, answers)) {
    return awaited(stage, question, whyNotAnswered(asked, open, answers));
  }
  for (const [id, answer] of Object.entries(answers)) {
    const known = questions?.asked[id];
    // What was asked with other inputs, or by other code, may be asked otherwise now.
    if (known?.base !== base) continue;
    const problem = await problemWith(known, answer);
    if (problem !== undefined) return awaited(stage, known, `${answerFile(stage)}: ${problem}`);
  }
  return undefined;
}

/** What was asked last and not answered since, whether or not the stage would run to ask it again. */
export function unansweredQuestion(
  stage: string,
  questions: StageQuestions | undefined,
  base: string,
  answers: Answers,
): AwaitedAnswer | undefined {
  const open = questions?.open;
  const question = open && questions.asked[open.id];
  if (!question || open.base !== base || isNewlyAnswered(open, questions, answers)) return undefined;
  return awaited(stage, question, null);
}

/** Why an answer that was there already does not count; null when there was none. */
export function answeredBefore(stage: string, id: string, answers: Answers): string | null {
  if (!isGiven(answers, id)) return null;
  return `What ${answerFile(stage)} answers to ${quoteName(id)} was there before the question, so it does not count.`;
}

export function awaited(stage: string, { id, text, schema }: Question, problem: string | null): AwaitedAnswer {
  return { id, text, schema: schema ?? null, file: answerFile(stage), problem };
}

/** Undefined when it is an answer; else what it must be, as a sentence. */
export async function problemWith({ id, schema }: Question, answer: Answers[string]): Promise<string | undefined> {
  if (schema === undefined) return undefined;
  // The validator is large, and most builds have no use for it.
  const { compileSchema } = await import('../schema/validate.ts');
  const validate = compileSchema(schema);
  if (!validate.ok) return undefined;
  const [first] = validate.value(answer);
  if (!first) return undefined;
  const where = first.pointer.length === 0 ? '' : `, at ${first.pointer.join('/')},`;
  return `the answer to ${quoteName(id)}${where} ${first.message}.`;
}

/** Answers to questions that were never asked change nothing for a stage that waits. */
function isNewlyAnswered(open: OpenQuestion, questions: StageQuestions | undefined, answers: Answers): boolean {
  const ids = new Set([open.id, ...Object.keys(open.answers), ...Object.keys(questions?.asked ?? {})]);
  return [...ids].some(
    (id) => isGiven(answers, id) !== isGiven(open.answers, id) || !isEqual(id, answers, open.answers),
  );
}

function whyNotAnswered({ stage, questions }: Asked, open: OpenQuestion, answers: Answers): string | null {
  const file = answerFile(stage);
  const before = answeredBefore(stage, open.id, answers);
  if (before !== null) return before;
  const unknown = Object.keys(answers).filter((id) => questions?.asked[id] === undefined);
  const meant = nearest(open.id, unknown) ?? unknown[0];
  return meant === undefined
    ? null
    : `${file} answers ${quoteName(meant)}, which was not asked; the question is ${quoteName(open.id)}.`;
}

function isGiven(answers: Answers, id: string): boolean {
  return Object.hasOwn(answers, id);
}

function isEqual(id: string, a: Answers, b: Answers): boolean {
  return canonicalJson(a[id]) === canonicalJson(b[id]);
}
