/** The library: the same engine as the command line's, for programs. */
import { availableParallelism } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import type { BuildReport } from './engine/workspace.ts';
import { createWorkspace } from './engine/workspace.ts';
import { createNodePorts } from './host/node-ports.ts';
import type { EventListener, Failure, WrangleEvent } from './model/event.ts';
import type { Outcome, OutcomeCounts } from './model/outcome.ts';
import type { AwaitedAnswer } from './model/question.ts';
import type { BuildDocument, BuiltStage, ErrorDocument } from './report/documents.ts';
import { buildDocument, errorDocument, mistakesDocument } from './report/documents.ts';
import { inUse, recursiveBuild } from './report/lock-text.ts';
import { createRunCollector } from './report/run-collector.ts';
import type { Json } from './util/canonical-json.ts';

export type {
  AwaitedAnswer,
  BuildDocument,
  BuiltStage,
  ErrorDocument,
  EventListener,
  Failure,
  Json,
  Outcome,
  OutcomeCounts,
  WrangleEvent,
};

export interface PipelineOptions {
  /** The pipeline, from the workspace or absolute; as on the command line it may be left out. */
  readonly file?: string;
  readonly params?: { readonly [name: string]: Json };
}

export interface BuildOptions extends PipelineOptions {
  /** Ids of stages to build with all they need, and other selectors; default: all. */
  readonly targets?: readonly string[];
  /** Selectors of stages to build without what they need. Without targets there is nothing but these. */
  readonly select?: readonly string[];
  /** Selectors of stages that are left out. */
  readonly exclude?: readonly string[];
  /**
   * By stage: the answer to what it asks, or a mapping of questions to answers. They are checked all together and
   * written to their files before anything runs; a wrong one is an error, and then nothing was written.
   */
  readonly answers?: { readonly [stage: string]: Json };
  /** Stages at once; default: the settings, else the number of cores. */
  readonly jobs?: number;
  readonly keep_going?: boolean;
  /** Unless the whole build succeeds, every output goes back to what it was. */
  readonly atomic?: boolean;
  /** Default: true. False: when another build has the workspace, the error is `locked`. */
  readonly wait?: boolean;
  /** Stops the build politely: what runs is ended, what it had done is kept, and the outcome is `interrupted`. */
  readonly signal?: AbortSignal;
  /** Called for each event as it happens. What it throws stops the build and is thrown at its end. */
  readonly on_event?: EventListener;
}

/** What stages measured, by stage and name: each when it last succeeded in this workspace. */
export interface MetricsDocument {
  /** From the workspace. */
  readonly pipeline: string;
  readonly stages: { readonly [id: string]: { readonly [name: string]: Json } };
}

export interface OpenedWorkspace {
  /**
   * Runs what is stale. Resolves to the document of `wrangle build --json`, also when stages fail, or to the document of an
   * error (`'error' in document`) when nothing could run: mistakes in the pipeline, a workspace in use, a full disk.
   */
  build(options?: BuildOptions): Promise<BuildDocument | ErrorDocument>;
  /** Also of stages that were fresh or restored in the last build. Runs and changes nothing. */
  metrics(options?: PipelineOptions): Promise<MetricsDocument | ErrorDocument>;
}

/** `dir` is the workspace's folder, where its settings and its `.wrangle` are. */
export function openWorkspace(dir: string): OpenedWorkspace {
  const ports = createNodePorts();
  const root = ports.fs.realPath(resolve(dir)) ?? resolve(dir);
  const workspace = createWorkspace(ports, root);
  const missing = (): ErrorDocument | undefined =>
    ports.fs.stat(root)?.type === 'folder'
      ? undefined
      : errorDocument('usage', `There is no folder ${JSON.stringify(root)}.`);
  const requested = ({ file, params = {} }: PipelineOptions) => ({
    file: file === undefined || isAbsolute(file) ? file : resolve(root, file),
    params: Object.entries(params).map(([name, value]) => ({ name, value })),
  });

  return {
    async build(options = {}) {
      const error = missing();
      if (error) return error;
      const { targets = [], select = [], exclude = [], answers = {}, jobs } = options;
      const stop = new AbortController();
      const collector = createRunCollector();
      const listener = guard(options.on_event, stop);
      const report = await workspace.build({
        ...requested(options),
        targets,
        select,
        exclude,
        answers: Object.entries(answers).map(([stage, value]) => ({ stage, value })),
        cache: 'rw',
        force: false,
        jobs,
        defaultJobs: (setting) => jobsOf(setting),
        keepGoing: options.keep_going === true,
        atomic: options.atomic === true,
        waitForLock: options.wait !== false,
        command: 'openWorkspace().build()',
        signal: options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal,
        killSignal: new AbortController().signal,
        graceMs: 10_000,
        onEvent: (event) => {
          collector.onEvent(event);
          listener.onEvent(event);
        },
        onOutput: undefined,
        onWait: () => {},
        onRecovered: () => {},
      });
      listener.rethrow();
      return report.status === 'built'
        ? buildDocument(collector.collected(report.fold))
        : refusal(report, options.signal);
    },

    async metrics(options = {}) {
      const error = missing();
      if (error) return error;
      const found = await workspace.metrics(requested(options));
      if (found.status === 'invalid') return mistakesDocument(found.mistakes.diagnostics);
      return { pipeline: found.pipeline, stages: Object.fromEntries(found.stages) };
    },
  };
}

function refusal(report: Exclude<BuildReport, { status: 'built' }>, signal: AbortSignal | undefined): ErrorDocument {
  if (report.status === 'invalid') return mistakesDocument(report.mistakes.diagnostics);
  if (report.status === 'environment') return errorDocument('environment', report.message);
  if (signal?.aborted) return errorDocument('interrupted', 'Stopped while waiting for the workspace.');
  if (report.isOwn) return errorDocument('recursive-build', recursiveBuild(report.holder));
  return errorDocument('locked', inUse(report.holder));
}

/** The engine tells while it is at work, so what a listener throws has to wait. */
function guard(onEvent: EventListener | undefined, stop: AbortController) {
  let thrown: { readonly error: unknown } | undefined;
  return {
    onEvent: (event: WrangleEvent) => {
      if (thrown) return;
      try {
        onEvent?.(event);
      } catch (error) {
        thrown = { error };
        stop.abort();
      }
    },
    rethrow: () => {
      if (thrown) throw thrown.error;
    },
  };
}

function jobsOf(setting: number | string | undefined): number {
  const cores = availableParallelism();
  if (typeof setting === 'number') return setting;
  const percent = /^(\d+)%$/.exec(setting ?? '');
  return percent ? Math.max(1, Math.round((cores * Number(percent[1])) / 100)) : cores;
}
