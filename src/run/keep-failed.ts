/** What is kept of a failed attempt, so that it can be looked at and run again by hand (design-notes, "Attempts"). */
import { parseDigest } from '../model/digest.ts';
import type { Failure } from '../model/event.ts';
import type { StageRequest } from '../plugin/protocol.ts';
import { ATTEMPT_FILE } from '../store/failed-attempts.ts';
import { fromWorkspace, inWorkspace } from '../store/layout.ts';
import type { Json } from '../util/canonical-json.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import { log } from './events.ts';
import type { Attempt, PreparedAttempt } from './prepare-attempt.ts';
import { environmentScript, REPLAY_FILES, replayPath, replayScript } from './replay-script.ts';

const FORMAT = 1;

/**
 * Writes it beside what the attempt wrote. Staging must still have its files. A disk that fails is a warning: the
 * failure itself is what matters.
 */
export async function keepFailed(
  context: BuildContext,
  attempt: Attempt,
  prepared: PreparedAttempt,
  failure: Failure,
): Promise<void> {
  const { stage, number } = attempt;
  try {
    await writeAll(context, attempt, prepared, failure);
    const sizeBytes = context.failed.measure(stage.id, number);
    writeDocument(context, attempt, ATTEMPT_FILE, describe(context, attempt, prepared, failure, sizeBytes));
    context.failed.added(stage.id, number, sizeBytes);
  } catch (error) {
    const { message } = environmentFailure('keep all of the failed attempt', error);
    log(context, 'warning', stage.id, message, 'failed-attempt-incomplete');
  }
}

async function writeAll(
  context: BuildContext,
  attempt: Attempt,
  { spec, request }: PreparedAttempt,
  failure: Failure,
): Promise<void> {
  const { fs, layout } = context.state;
  const { stage, staging, number } = attempt;
  const folder = context.failed.folder(stage.id, number);
  fs.makeFolder(folder);
  if (fs.lstat(staging.files)) fs.rename(staging.files, `${folder}/files`);
  if (failure.log !== undefined) await fs.copyFile(inWorkspace(layout, failure.log), `${folder}/log.txt`);
  writeDocument(context, attempt, 'request.json', request as unknown as Json);
  const { answers = {} } = request;
  if (Object.keys(answers).length > 0) writeDocument(context, attempt, REPLAY_FILES.WRANGLE_ANSWERS, answers);
  const again = requestOfReplay(request, folder, layout.workspace);
  writeDocument(context, attempt, REPLAY_FILES.WRANGLE_REQUEST, again as unknown as Json);
  // A replay is no part of a build.
  const left = new Set([...stage.secrets, ...Object.keys(REPLAY_FILES), 'WRANGLE_WITHIN']);
  const env = Object.fromEntries(Object.entries(spec.env).filter(([name]) => !left.has(name)));
  fs.writeFile(`${folder}/environment.sh`, context.secrets.text(environmentScript(env)));
  const script = replayScript({
    stage: stage.id,
    attempt: number,
    workspace: layout.workspace,
    argv: spec.argv,
    secrets: stage.secrets,
    outputs: staging.outputs,
    staging: fromWorkspace(layout, staging.root),
    scratch: request.scratch,
  });
  fs.writeFile(`${folder}/replay.sh`, context.secrets.text(script), { mode: 0o755 });
}

/** The same request with everything that is written elsewhere, and no hurry. */
function requestOfReplay(request: StageRequest, folder: string, workspace: string): StageRequest {
  const move = ({ path }: { readonly path: string }) => ({ path: replayPath(folder, workspace, path) });
  const outputs = Object.entries(request.outputs).map(([port, output]) => [
    port,
    'path' in output ? move(output) : output.map(move),
  ]);
  return {
    ...request,
    outputs: Object.fromEntries(outputs),
    scratch: `${folder}/${REPLAY_FILES.WRANGLE_SCRATCH}`,
    events: `${folder}/${REPLAY_FILES.WRANGLE_EVENTS}`,
    deadline: null,
  };
}

function describe(
  context: BuildContext,
  { stage, number, fingerprint, inputs }: Attempt,
  { spec }: PreparedAttempt,
  { code, category, message, exit_code, signal }: Failure,
  sizeBytes: number,
): Json {
  return {
    format: FORMAT,
    run_id: context.runId,
    stage: stage.id,
    attempt: number,
    fingerprint,
    argv: spec.argv,
    cwd: spec.cwd,
    inputs: inputs.flatMap(({ name: port, paths }) =>
      paths.map(({ path, digest }) => {
        const { sha256 = '', sizeBytes: size_bytes = 0 } = parseDigest(digest) ?? {};
        return { port, path, sha256, size_bytes };
      }),
    ),
    failure: { code, category, message, exit_code: exit_code ?? null, signal: signal ?? null },
    size_bytes: sizeBytes,
  };
}

function writeDocument(context: BuildContext, { stage, number }: Attempt, name: string, document: Json): void {
  const text = `${JSON.stringify(context.secrets.json(document), null, 2)}\n`;
  context.state.fs.writeFile(`${context.failed.folder(stage.id, number)}/${name}`, text);
}
