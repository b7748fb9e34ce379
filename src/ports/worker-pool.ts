/** Processes of plugins that stay and serve many requests, one at a time each (design-notes, "Workers"). */
import type { Json } from '../util/canonical-json.ts';
import type { ProcessEnd, ProcessSpec, RunningProcess } from './command-runner.ts';

export interface WorkerPool {
  /** Hands it to a worker that is free, else to a new one. Never throws: whatever goes wrong is an end like any other. */
  start(request: WorkerRequest): RunningRequest;
}

export interface WorkerRequest {
  /**
   * How a worker that can serve it is started; `env` has what is the same for all its requests. Its name, log, limits,
   * secrets and listener are those of this request.
   */
  readonly spec: ProcessSpec;
  /** The stage type, for messages. */
  readonly type: string;
  /** Stands for the code that a worker runs. */
  readonly code: string;
  /** Environment variables of this request alone. */
  readonly variables: { readonly [name: string]: string };
  /** The request document. */
  readonly document: object;
  /** Of the worker while it serves this request. */
  readonly memoryBytesMax: number | undefined;
  /** Members of each event, as they come. */
  readonly onEvent: (event: { readonly [key: string]: Json }) => void;
}

export interface RunningRequest extends RunningProcess {
  /** Resolves once the answer counts and its log is closed, or nothing is left of the worker. Never rejects. */
  readonly ended: Promise<RequestEnd>;
}

/** `exit` without an exit code: it was answered, and the worker goes on. */
export interface RequestEnd extends ProcessEnd {
  /** Members of the result document, which nobody has looked at. */
  readonly answer: { readonly [key: string]: Json } | undefined;
  /** Why the worker was ended; says more than how it ended. */
  readonly fault: WorkerFault | undefined;
}

export interface WorkerFault {
  readonly code: 'worker-memory' | 'worker-protocol' | 'worker-silent' | 'worker-start' | 'worker-version';
  /** A sentence. */
  readonly message: string;
}
