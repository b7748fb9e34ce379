/**
 * A vote that was not decided, and that a person is to decide: what each answer's first attempt made is kept, under the
 * fingerprint that it was made for, until one is picked (design-notes, "Votes"). Lost, the attempts vote again.
 */
import { asStrategy } from '../model/strategy.ts';
import type { VoteTally } from '../model/vote.ts';
import { countsOfAnswers } from '../model/vote.ts';
import { fromWorkspace, inWorkspace } from '../store/layout.ts';
import type { Json } from '../util/canonical-json.ts';
import type { FailedAttempt } from './abandon-attempt.ts';
import type { AttemptEnd } from './attempt.ts';
import { makeRoom, startAttempt } from './begin-attempt.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import { stampInputs } from './check-inputs.ts';
import { checkpointFolder } from './checkpoints.ts';
import { checkOutputs } from './collect-outputs.ts';
import { publishAttempt } from './publish-attempt.ts';
import type { Staging } from './staging.ts';
import { removeStaging } from './staging.ts';
import type { Asking } from './suspend.ts';
import type { MadeApart } from './try-apart.ts';
import type { Work } from './work.ts';

/** The key of the answer in the stage's file. */
const QUESTION = 'vote';
const DOCUMENT = 'candidates.json';
const FORMAT = 1;

interface Candidates {
  readonly format: typeof FORMAT;
  /** Absent: the stage's own. */
  readonly strategy?: string;
  readonly tally: VoteTally;
  readonly answers: readonly {
    readonly answer: string;
    /** Digest of what was compared. */
    readonly key: string;
    /** In the same folder. */
    readonly folder: string;
    readonly metrics: { readonly [name: string]: Json };
    readonly discovered: readonly string[];
  }[];
}

interface Candidate {
  readonly answer: string;
  readonly key: string;
  readonly made: MadeApart;
}

/** Takes what they made out of staging. Errors: throws `EnvironmentFailure`. */
export function askForAnswer(
  context: BuildContext,
  work: Work,
  candidates: readonly Candidate[],
  tally: VoteTally,
): Asking {
  const { fs, layout } = context.state;
  const { stage, strategy } = work;
  const folder = folderOf(context, work);
  try {
    fs.remove(folder);
    fs.makeFolder(folder);
    const answers = candidates.map(({ answer, key, made: { begun, end } }, at) => {
      const { staging } = begun.attempt;
      const name = String(at + 1);
      fs.rename(`${staging.root}/0`, `${folder}/${name}`);
      removeStaging(fs, staging);
      const { metrics, discovered } = end.result;
      return { answer, key, folder: name, metrics: context.secrets.json(metrics), discovered };
    });
    const document: Candidates = { format: FORMAT, ...(strategy === undefined ? {} : { strategy }), tally, answers };
    fs.writeFile(`${folder}/${DOCUMENT}`, `${JSON.stringify(document, null, 2)}\n`);
  } catch (error) {
    throw environmentFailure(`keep the answers of stage ${JSON.stringify(stage.id)}`, error);
  }
  const where = JSON.stringify(fromWorkspace(layout, folder));
  const text = `No answer leads by ${tally.ahead} after ${tally.started} attempts: ${countsOfAnswers(tally)}. Which one is right? What they made is in ${where}.`;
  const question = { id: QUESTION, text, schema: { enum: candidates.map(({ answer }) => answer) } };
  return { question, isNamed: true, log: undefined };
}

/** Whether a question of a vote may have been answered. */
export function askedToPick({ stage, decided }: Work): boolean {
  const hasVote = stage.vote !== undefined || stage.fallback?.some(({ vote }) => vote) === true;
  return hasVote && Object.hasOwn(decided.answers, QUESTION);
}

/**
 * Publishes the answer that was picked, as an attempt of its own that starts nothing. Undefined when none was, or when it is not
 * there any more as it was. Errors: rejects with `EnvironmentFailure`.
 */
export async function publishPicked(
  context: BuildContext,
  asked: Work,
): Promise<{ readonly how: 'published' } | FailedAttempt | undefined> {
  const { fs } = context.state;
  const found = readCandidates(context, asked);
  if (!found) return undefined;
  const { picked, tally } = found;
  const work = withStrategy(asked, found.strategy);
  if (!work) return undefined;
  const attempt = await makeRoom(context, work, 1, { place: 'picked' });
  if ('how' in attempt) return attempt;
  const { staging } = attempt;
  try {
    fs.remove(`${staging.root}/0`);
    fs.makeFolder(staging.root);
    fs.rename(`${folderOf(context, asked)}/${picked.folder}`, `${staging.root}/0`);
  } catch (error) {
    throw environmentFailure(`publish the answer of stage ${JSON.stringify(work.stage.id)}`, error);
  }
  if (!(await isAsItWas(context, work, staging, picked.key))) {
    removeStaging(fs, staging);
    return undefined;
  }
  const begun = startAttempt(context, work, attempt, stampInputs(context, attempt.inputs), 'without scratch');
  const { metrics, discovered } = picked;
  const end: Omit<AttemptEnd, 'result'> = { durationMs: 0, process: undefined, prepared: undefined, log: undefined };
  const result = { status: 'ok' as const, metrics, discovered };
  return publishAttempt(context, begun, { ...end, result }, { ...tally, winner: picked.answer });
}

/** Somebody may have written in it. */
async function isAsItWas(context: BuildContext, { stage }: Work, staging: Staging, key: string): Promise<boolean> {
  const { fs, layout } = context.state;
  if (await checkOutputs(fs, layout, staging)) return false;
  const { answerOf } = await import('./vote-answers.ts');
  const made = staging.outputs.map(({ path, port, writtenAt }) => ({ path, port, at: inWorkspace(layout, writtenAt) }));
  const answer = await answerOf(fs, stage.vote?.by, made);
  return answer.ok && answer.value.key === key;
}

function readCandidates(
  context: BuildContext,
  work: Work,
): (Candidates & { readonly picked: Candidates['answers'][number] }) | undefined {
  const answer = work.decided.answers[QUESTION];
  if (typeof answer !== 'string') return undefined;
  const text = context.state.fs.readText(`${folderOf(context, work)}/${DOCUMENT}`);
  if (text === undefined) return undefined;
  try {
    const document = JSON.parse(text) as Candidates;
    const picked = document.answers.find((one) => one.answer === answer);
    return document.format === FORMAT && picked ? { ...document, picked } : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when the stage has it no more. */
function withStrategy(work: Work, name: string | undefined): Work | undefined {
  if (name === undefined) return work;
  const strategy = work.stage.fallback?.find((one) => one.name === name);
  return strategy && { ...work, stage: asStrategy(work.stage, strategy), strategy: name };
}

/** Absolute. Of the stage as it is without answers: to pick one is to give one. */
function folderOf({ state: { layout } }: BuildContext, { stage, decided }: Work): string {
  return checkpointFolder(layout, { stage, fingerprint: `votes-${decided.base}`, answers: {} });
}
