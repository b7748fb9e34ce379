/** `wrangle resume`: goes on with an earlier run, asked for the same; answers what its stages wait for. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { GivenAnswer } from '../../engine/give-answers.ts';
import type { RunRecord } from '../../model/run-record.ts';
import { stateLayout } from '../../store/layout.ts';
import { findResumable } from '../../store/resumable.ts';
import type { Json } from '../../util/canonical-json.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { carryOut } from '../carry-out.ts';
import type { ResumeFlags } from '../flags.ts';
import { nextAfterResume } from '../next-commands.ts';
import type { Session } from '../session.ts';
import { parseJobs, UsageError } from '../session.ts';

export async function resumeCommand(session: Session, args: string[], flags: ResumeFlags): Promise<number> {
  const [wanted, extra] = args;
  if (extra !== undefined) throw new UsageError('"resume" takes one run.', 'Write it as: wrangle resume [RUN]');
  const answers = (flags.answer ?? []).map((text) => readAnswer(session, text));
  const { ports, workspace } = session;
  const layout = stateLayout(workspace.dir);
  const builder = ports.lock.holder(layout.lock);
  const answering = answers.map(({ stage }) => stage);
  const found = findResumable(ports.fs, layout.state, builder, { wanted, answering });
  if (!found.ok) throw new UsageError(found.error.message, found.error.help);
  const run = found.value;
  if (!session.json && session.verbosity !== 'quiet') session.stderr.line(announcement(run));

  const { request, pipeline, job_id: resumes } = run;
  const file = resolve(workspace.dir, pipeline);
  const asked = {
    file,
    targets: request.targets,
    select: request.select ?? [],
    exclude: request.exclude ?? [],
    params: request.params,
    cache: request.cache,
    force: request.force,
    forcedBefore: [...request.forced_before, ...ranIn(run)],
    jobs: flags.jobs === undefined ? (request.jobs ?? undefined) : parseJobs(flags.jobs, availableParallelism()),
    keepGoing: request.keep_going || flags.keepGoing === true,
    atomic: request.atomic === true,
    resumes,
    answers,
  };
  const { wait, events } = flags;
  const next = nextAfterResume(run, flags);
  return carryOut(session, asked, { wait, next, ...(events === undefined ? {} : { events }) });
}

function announcement({ job_id: id, pipeline, outcome, request }: RunRecord): string {
  const { targets, select = [], exclude = [] } = request;
  const named = (what: string, words: readonly string[]) =>
    words.length === 0 ? '' : `, ${what} ${words.map(quoteName).join(', ')}`;
  const stages = `${named('stages', targets)}${named('just', select)}${named('without', exclude)}`;
  const params =
    request.params.length === 0 ? '' : `, with params ${request.params.map(({ name }) => name).join(', ')}`;
  return `Going on with run ${id} (${outcome}): ${quoteName(pipeline)}${stages}${params}.`;
}

/** What was forced and ran is not forced again: going on is not beginning anew. */
function ranIn({ stages }: RunRecord): string[] {
  return Object.entries(stages).flatMap(([id, { outcome }]) => (outcome === 'ran' ? [id] : []));
}

/** `STAGE=FILE|JSON`. */
function readAnswer(session: Session, text: string): GivenAnswer {
  const equals = text.indexOf('=');
  if (equals <= 0)
    throw new UsageError(`"--answer ${text}" has no answer.`, 'Write it as --answer STAGE=FILE or STAGE=JSON.');
  const stage = text.slice(0, equals);
  const given = text.slice(equals + 1);
  const value = parseJson(given);
  if (value !== undefined) return { stage, value };
  let contents: string;
  try {
    contents = readFileSync(resolve(session.cwd, given), 'utf8');
  } catch {
    const example = `--answer '${stage}="yes"'`;
    throw new UsageError(
      `The answer for ${quoteName(stage)}, ${quoteName(given)}, is neither JSON nor a file that can be read.`,
      `A text is JSON when it stands in double quotes: ${example}.`,
    );
  }
  const read = parseJson(contents);
  if (read === undefined) throw new UsageError(`The answer file ${quoteName(given)} is no JSON.`);
  return { stage, value: read };
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
