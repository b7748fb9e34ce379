/**
 * Answers handed over by a command: checked all together, then written to their files. Those who read the files do not
 * see whether a person or a command wrote them.
 */
import { invalidAnswer, unknownStage } from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { declaredId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Answers } from '../model/question.ts';
import { problemWith } from '../plan/waiting.ts';
import { answerFile } from '../store/answer-files.ts';
import type { StageQuestions } from '../store/index-file.ts';
import { stageKey } from '../store/index-file.ts';
import type { Json } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { OpenState } from './open-state.ts';

export interface GivenAnswer {
  readonly stage: string;
  /** The answer to the question that is waited for, or a mapping of questions to answers. */
  readonly value: Json;
}

/** Under the lock. Errors: `unknown-stage`, `invalid-answer`; then no file was touched. */
export async function giveAnswers({ state }: OpenState, given: readonly GivenAnswer[]): Promise<Diagnostic[]> {
  const { graph, index, answers } = state;
  const mistakes: Diagnostic[] = [];
  const accepted = new Map<string, Answers>();
  for (const { stage, value } of given) {
    // Which instances a fan-out has is known once its list is read; who has asked nothing is told so below.
    const isKnown = ({ id, foreach }: Stage) => id === stage || (foreach !== undefined && id === declaredId(stage));
    if (!graph.stages.some(isKnown)) {
      const suggestion = nearest(
        stage,
        graph.stages.map(({ id }) => id),
      );
      mistakes.push(unknownStage({ name: stage, suggestion }));
      continue;
    }
    const before = answers.of(stage) ?? ok({});
    const read = before.ok ? await readAnswer(stage, value, questionsOf(stage)) : before;
    if (!read.ok || !before.ok) mistakes.push(invalidAnswer({ stage, reason: read.ok ? '' : read.error }));
    else accepted.set(stage, { ...before.value, ...accepted.get(stage), ...read.value });
  }
  if (mistakes.length > 0) return mistakes;
  for (const [stage, all] of accepted) {
    answers.write(stage, all);
    const questions = questionsOf(stage);
    // Even where it is the answer of before: whoever gives it now has seen the question of now.
    if (questions?.open) index.questions.set(keyOf(stage), { ...questions, open: { ...questions.open, waits: false } });
  }
  return [];

  function questionsOf(stage: string): StageQuestions | undefined {
    return index.questions.get(keyOf(stage));
  }
  function keyOf(stage: string): string {
    return stageKey(graph.pipeline.file, stage);
  }
}

/** Errors: a sentence. */
async function readAnswer(
  stage: string,
  value: Json,
  questions: StageQuestions | undefined,
): Promise<Result<Answers, string>> {
  const asked = Object.keys(questions?.asked ?? {});
  const [only, ...others] = asked;
  const wanted = questions?.open?.id ?? (others.length === 0 ? only : undefined);
  if (asked.length === 0) {
    return err(`The stage ${quoteName(stage)} has asked nothing yet; a build lets it ask.`);
  }
  const answers = asMapping(value, asked, wanted);
  if (!answers.ok) return answers;
  for (const [id, answer] of Object.entries(answers.value)) {
    const question = questions?.asked[id];
    const problem = question && (await problemWith(question, answer));
    if (problem !== undefined) return err(`It cannot go to ${answerFile(stage)}: ${problem}`);
  }
  return answers;
}

/** What names a question is taken for a mapping of questions to answers, anything else for the answer itself. */
function asMapping(value: Json, asked: readonly string[], wanted: string | undefined): Result<Answers, string> {
  const questions = asked.map((id) => quoteName(id)).join(', ');
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  const ids = isMapping ? Object.keys(value) : [];
  const unknown = ids.filter((id) => !asked.includes(id));
  const meant = unknown.map((id) => nearest(id, asked)).find((id) => id !== undefined);
  if (ids.length > unknown.length || meant !== undefined) {
    if (unknown.length === 0) return ok(value as Answers);
    const hint = meant === undefined ? `It asked ${questions}.` : `Did you mean ${quoteName(meant)}?`;
    return err(`The stage never asked ${quoteName(unknown[0] ?? '')}. ${hint}`);
  }
  if (wanted !== undefined) return ok({ [wanted]: value });
  return err(`It has to say to which question: ${questions}.`);
}
