/** `wrangle stage TYPE`, and the commands that stage types ask for: one stage type on its own, beside any pipeline. */
import { shownFrom } from '../../engine/check-stage-command.ts';
import type { AskedStage, OutputTarget, StageCommandReport } from '../../engine/stage-command.ts';
import { portOf, stageName } from '../../engine/stage-command.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { StageType } from '../../model/plugin.ts';
import { printDocument, stageRunDocument } from '../../report/documents.ts';
import { ofRun } from '../../report/github.ts';
import type { CollectedRun } from '../../report/run-collector.ts';
import { createRunCollector } from '../../report/run-collector.ts';
import { createStageLines, stageDoneLines } from '../../report/stage-lines.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { copyToStream } from '../copy-to-stream.ts';
import type { EndingSignal } from '../exit-code.ts';
import { EXIT, SIGNAL_EXIT } from '../exit-code.ts';
import { fail } from '../fail.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';
import { watchSignals } from '../signals.ts';
import { flagName, flagUsage } from '../stage-flags.ts';
import type { StageOptions, TypedFlags } from '../stage-program.ts';
import { readAsked, STDOUT } from '../stage-values.ts';

type StageCommandEnd = Extract<StageCommandReport, { status: 'built' }>;

/** Between TERM and KILL. */
const GRACE_MS = 10_000;

export interface StageCommandLine extends TypedFlags {
  readonly type: StageType;
  /** What is no flag. */
  readonly words: readonly string[];
}

export async function stageCommand(
  session: Session,
  { type, flags, given, words: [extra] }: StageCommandLine,
  options: StageOptions,
): Promise<number> {
  const { ports, cwd, json, stderr, workspace } = session;
  if (extra !== undefined) {
    const help = `Paths are given with their flags: see "wrangle stage ${type.name} --help".`;
    throw new UsageError(`${quoteName(type.name)} takes only flags, not ${quoteName(extra)}.`, help);
  }
  // What these lead to may be a file that somebody else has open.
  const isStream = (path: string) => /^\/(dev|proc)\//.test(path) || ports.fs.stat(path)?.type === 'other';
  const asked = readAsked(type, flags, given, { cwd, isStream });
  const diagnostics = await workspace.checkStage(asked, {
    flagOf: (side, name) => flagName(flags, side, name),
    usageOf: (side, name) => flagUsage(flags, side, name),
  });
  if (diagnostics.length > 0) return refuse(session, diagnostics);
  if (options.emitYaml) return emitYaml(session, asked);

  const [port] = [...asked.outputs].find(([, targets]) => targets.some((to) => absolutePath(to) === null)) ?? [];
  if (json && port !== undefined) {
    const help = `Name a file with ${flagUsage(flags, 'output', port)}.`;
    throw new UsageError(`"--json" and the output ${quoteName(port)} both want standard output.`, help);
  }
  const lines = createStageLines({ style: stderr.style, verbosity: session.verbosity });
  const collector = createRunCollector();
  const show = (all: readonly string[]) => {
    for (const line of all) stderr.line(line);
  };
  const signals = watchSignals();
  try {
    const report = await workspace.runStage(asked, {
      cwd,
      cache: options.cache === 'on',
      command: session.commandLine,
      signal: signals.stop,
      killSignal: signals.kill,
      graceMs: GRACE_MS,
      onEvent: (event) => {
        collector.onEvent(event);
        show(lines.onEvent(event));
      },
      onOutput: (_, text) => show(lines.onOutput(text)),
      toStream: (from, stream) => copyToStream(from, stream === STDOUT ? process.stdout : stream),
    });
    if (report.status === 'invalid') return refuse(session, report.mistakes.diagnostics);
    if (report.status === 'environment') return fail(session, 'environment', report.message, EXIT.environment);
    return finish(session, asked, report, collector.collected(report.fold), signals.received());
  } finally {
    signals.close();
  }
}

function finish(
  { ports, cwd, json, stdout, stderr, verbosity }: Session,
  { type, outputs }: AskedStage,
  report: StageCommandEnd,
  run: CollectedRun,
  signal: EndingSignal | undefined,
): number {
  const { outcome, environmentFailure } = report;
  const [stage] = run.stages.values();
  const isDone = outcome === 'done';
  const places = [...outputs].map(([name, to]) => [name, to.map(absolutePath)] as const);
  if (json) stdout.write(printDocument(stageRunDocument(type.name, run, new Map(isDone ? places : []))));
  else if (isDone && verbosity !== 'quiet') {
    const paths = places.flatMap(([, all]) => all).filter((path) => path !== null);
    const made = paths.map((path) => {
      const found = ports.fs.stat(path);
      return { shown: shownFrom(cwd, path), size: found?.type === 'file' ? found.size : undefined };
    });
    for (const line of stageDoneLines(run, { outputs: made, style: stderr.style })) stderr.line(line);
  } else if (outcome === 'suspended') {
    if (stage?.question) stderr.line(`It waits for an answer: ${quoteName(stage.question.text)}`);
    stderr.line('Only a stage of a pipeline can be answered; "--emit-yaml" prints this one as such a stage.');
  } else if (outcome === 'interrupted') stderr.line('Stopped; nothing was written.');
  stderr.annotate(ofRun(run, undefined));
  if (environmentFailure !== undefined) {
    stderr.line(environmentFailure);
    return EXIT.environment;
  }
  if (signal && outcome === 'interrupted') return SIGNAL_EXIT[signal];
  return { done: EXIT.done, failed: EXIT.failed, suspended: EXIT.suspended, interrupted: EXIT.failed }[outcome];
}

function refuse({ cwd, json, stdout, stderr }: Session, found: readonly Diagnostic[]): number {
  const from = `Paths are from ${quoteName(cwd)}, as "-C" says.`;
  const isElsewhere = cwd !== process.cwd();
  const diagnostics = found.map((mistake) =>
    isElsewhere && mistake.code === 'file-not-found' ? { ...mistake, help: mistake.help ?? from } : mistake,
  );
  printMistakes({ diagnostics, texts: new Map() }, { json, out: stdout, err: stderr });
  return EXIT.usage;
}

async function emitYaml(session: Session, { type, params, inputs, outputs }: AskedStage): Promise<number> {
  const { stageYaml } = await import('../../language/stage-yaml.ts');
  const { workspace, stdout } = session;
  const pathsOf = (declared: StageType['inputs'], name: string, paths: readonly string[]) => {
    const { kind, many } = portOf(declared, name);
    const written = paths.map((path) => (kind === 'folder' ? `${path}/` : path));
    return many && written.length > 1 ? written : (written[0] ?? '');
  };
  const placeOf = (target: OutputTarget) => absolutePath(target) ?? `${workspace.dir}/build/${target.name}`;
  const made = stageYaml(
    {
      name: stageName(type),
      uses: type.name,
      inputs: new Map([...inputs].map(([name, paths]) => [name, pathsOf(type.inputs, name, paths)])),
      outputs: new Map([...outputs].map(([name, to]) => [name, pathsOf(type.outputs, name, to.map(placeOf))])),
      params,
    },
    workspace.dir,
  );
  if (!made.ok) return refuse(session, made.error);
  if (session.json) stdout.write(printDocument({ stage: type.name, yaml: made.value }));
  else stdout.write(made.value);
  return EXIT.done;
}

/** Null for standard output. */
function absolutePath({ to }: OutputTarget): string | null {
  if ('path' in to) return to.path;
  return to.stream === STDOUT ? null : to.stream;
}
