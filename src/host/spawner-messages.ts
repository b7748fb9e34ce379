// What wrangle and its spawner say to each other, as lines of JSON. Knows nothing of processes.
import type { ProcessEnd, ProcessSpec } from '../ports/command-runner.ts';

/** A process to be started, as far as it can be told to another process. */
export interface SpecMessage extends Omit<ProcessSpec, 'onOutput'> {
  readonly wantsOutput: boolean;
}

/** `id` names a process from its start to its end; wrangle chooses it. */
export type ToSpawner =
  | { readonly verb: 'start'; readonly id: number; readonly spec: SpecMessage }
  | { readonly verb: 'cancel'; readonly id: number; readonly force: boolean }
  /** Nothing comes after it. What still runs is ended. */
  | { readonly verb: 'close' };

export type FromSpawner =
  /** From here on it takes processes. */
  | { readonly verb: 'ready' }
  | { readonly verb: 'pid'; readonly id: number; readonly pid: number }
  | { readonly verb: 'output'; readonly id: number; readonly text: string }
  /** Fields that are undefined are left out. */
  | { readonly verb: 'end'; readonly id: number; readonly end: Partial<ProcessEnd> & Pick<ProcessEnd, 'how'> };

/** Of the spawner, on its command line. */
export interface SpawnerOptions {
  readonly logBytesMax: number;
  /** Of the spawner; undefined when there is nothing to pass on. */
  readonly inheritFd: number | undefined;
}

export function encodeMessage(message: ToSpawner | FromSpawner): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts what arrives into messages. Both sides are of the same build, so what one writes the other takes as it is. */
export class MessageReader<Message> {
  #rest = '';

  *read(text: string): Generator<Message> {
    const lines = text.split('\n');
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as Message;
  }
}
