/** The library: the same engine as the command line's, for programs. */
import { availableParallelism } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { createWorkspace } from './engine/workspace.ts';
import { createNodePorts } from './host/node-ports.ts';
import type { Diagnostic } from './model/diagnostic.ts';
import type { EventListener, WrangleEvent } from './model/event.ts';
import type { OutcomeCounts } from './model/outcome.ts';
import { buildDocument, errorDocument, mistakesDocument } from './report/documents.ts';
import { createRunCollector } from './report/run-collector.ts';
import type { Json } from './util/canonical-json.ts';

export type { Diagnostic, EventListener, Json, OutcomeCounts, WrangleEvent };

export interface BuildOptions {
  /** The pipeline, from the workspace or absolute; as on the command line it may be left out. */
  readonly file?: string;
  /** Ids of stages to build with all they need; default: all. */
  readonly targets?: readonly string[];
  readonly params?: { readonly [name: string]: Json };
  /** Stages at once; default: the settings, else the number of cores. */
  readonly jobs?: number;
  readonly keep_going?: boolean;
  /** Unless the whole build succeeds, every output goes back to what it was. */
  readonly atomic?: boolean;
  /** Stops the build politely. */
  readonly signal?: AbortSignal;
  readonly on_event?: EventListener;
}

/** The document of `wrangle build --json`, or that of an error (`error` is set then). */
export type BuildDocument = ReturnType<typeof buildDocument> | ReturnType<typeof mistakesDocument>;

export interface OpenedWorkspace {
  /** Never throws for what a user or a stage did wrong: that is in the document. */
  build(options?: BuildOptions): Promise<BuildDocument>;
}

/** `dir` is the workspace's folder. */
export function openWorkspace(dir: string): OpenedWorkspace {
  const root = resolve(dir);
  const workspace = createWorkspace(createNodePorts(), root);
  return {
    async build(options = {}) {
      const { file, targets = [], params = {}, jobs, signal, on_event: onEvent } = options;
      const collector = createRunCollector();
      const report = await workspace.build({
        file: file === undefined || isAbsolute(file) ? file : resolve(root, file),
        targets,
        params: Object.entries(params).map(([name, value]) => ({ name, value })),
        cache: 'rw',
        force: false,
        jobs,
        defaultJobs: (setting) => jobsOf(setting),
        keepGoing: options.keep_going === true,
        atomic: options.atomic === true,
        waitForLock: true,
        command: 'openWorkspace().build()',
        signal: signal ?? new AbortController().signal,
        killSignal: new AbortController().signal,
        graceMs: 10_000,
        onEvent: (event) => {
          collector.onEvent(event);
          onEvent?.(event);
        },
        onOutput: undefined,
        onWait: () => {},
        onRecovered: () => {},
      });
      if (report.status === 'invalid') return mistakesDocument(report.mistakes.diagnostics);
      if (report.status === 'environment') return errorDocument('environment', report.message);
      if (report.status === 'locked') return errorDocument('locked', 'The workspace is in use by another command.');
      return buildDocument(collector.collected());
    },
  };
}

function jobsOf(setting: number | string | undefined): number {
  const cores = availableParallelism();
  if (typeof setting === 'number') return setting;
  const percent = /^(\d+)%$/.exec(setting ?? '');
  return percent ? Math.max(1, Math.round((cores * Number(percent[1])) / 100)) : cores;
}
