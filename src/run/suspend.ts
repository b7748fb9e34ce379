/** A stage that waits for a person: what it asks is kept until it is answered, and told. Starts nothing. */
import { posix } from 'node:path';
import { nearest } from '../diagnostics/suggest.ts';
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { AwaitedAnswer, Question } from '../model/question.ts';
import type { VoteTally } from '../model/vote.ts';
import { answeredBefore, awaited } from '../plan/waiting.ts';
import { questionDigest } from '../plugin/question-digest.ts';
import { answerFile } from '../store/answer-files.ts';
import type { StageQuestions } from '../store/index-file.ts';
import { stageKey, stageOfKey } from '../store/index-file.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { BuildContext } from './build-context.ts';
import { emit, log } from './events.ts';
import type { Verdict } from './scheduler.ts';
import type { Work } from './work.ts';

export interface Asking {
  readonly question: Question;
  /** False when the process only ended with exit code 42. */
  readonly isNamed: boolean;
  readonly log: string | undefined;
  /** How the vote stood; absent: nobody voted. */
  readonly vote?: VoteTally;
}

/** After an attempt that asked. */
export function suspendStage(context: BuildContext, work: Work, attempt: number, asking: Asking): Verdict {
  const { stage, decided } = work;
  const { base, fingerprint, answers } = decided;
  const digest = questionDigest(asking.question);
  const { id, text, schema } = context.secrets.json(asking.question as never) as Question;
  const question = { id, text, ...(schema === undefined ? {} : { schema }) };
  const known = questionsOf(context, stage.id);
  const isAskedAgain = known?.open?.id === id && known.asked[id]?.digest === digest;
  const asked_at_ms = isAskedAgain ? known.open.asked_at_ms : context.clock.nowMs();
  context.state.index.questions.set(keyOf(context, stage.id), {
    asked: { ...known?.asked, [id]: { ...question, digest, base } },
    open: { id, fingerprint, base, answers, asked_at_ms, waits: asking.isNamed },
  });
  const problem = answeredBefore(stage.id, id, answers);
  return keepWaiting(context, stage.id, awaited(stage.id, question, problem), { attempt, ...asking });
}

/** Nothing has changed since it asked, or what was answered is no answer: it need not run to say so. */
export function keepWaiting(
  context: BuildContext,
  stage: string,
  question: AwaitedAnswer,
  { attempt, log, vote }: { readonly attempt: number } & Pick<Asking, 'log' | 'vote'> = { attempt: 0, log: undefined },
): Verdict {
  const message = question.problem ?? `Waits for an answer to ${quoteName(question.id)}: ${question.text}`;
  emit(context, 'task_suspended', stage, message, { attempt, log, question, ...(vote && { vote }) });
  return { outcome: 'suspended', stops: 'consumers' };
}

/** It went on: what it asked is of use only to tell whether a later question is the same. */
export function closeQuestion(context: BuildContext, stage: string): void {
  const known = questionsOf(context, stage);
  if (known?.open) context.state.index.questions.set(keyOf(context, stage), { ...known, open: null });
}

/** Files that are no stage's, of this pipeline or of another that was built here: most likely a name with a slip in it. */
export function warnStrayAnswers(context: Pick<BuildContext, 'state' | 'emit' | 'clock'>): void {
  const { answers, graph, index, fanOuts } = context.state;
  const { files } = answers;
  if (files.length === 0) return;
  const unread = graph.stages.flatMap(({ id, foreach }, at) => (foreach && !fanOuts?.of(at)?.ok ? [id] : []));
  // Whose list is yet to be read may have any instance.
  const mayBe = (name: string) => isInstanceId(name) && unread.includes(declaredId(name));
  const own = graph.stages.map(({ id }) => id);
  const elsewhere = [...index.questions.keys(), ...index.stages.keys()].map(stageOfKey);
  const known = new Set([...own, ...elsewhere].map(answerFile));
  for (const file of files) {
    const name = posix.basename(file, '.json');
    if (known.has(file) || mayBe(name)) continue;
    const meant = nearest(name, own);
    const hint = meant === undefined ? '' : ` Did you mean ${quoteName(answerFile(meant))}?`;
    log(context, 'warning', null, `${quoteName(file)} answers no stage.${hint}`, 'stray-answer');
  }
}

export function questionsOf({ state }: BuildContext, stage: string): StageQuestions | undefined {
  return state.index.questions.get(stageKey(state.graph.pipeline.file, stage));
}

function keyOf({ state }: BuildContext, stage: string): string {
  return stageKey(state.graph.pipeline.file, stage);
}
