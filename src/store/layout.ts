/** Where things lie in the state folder. Every path that wrangle itself makes up comes from here. */

export interface StateLayout {
  /** Absolute. */
  readonly workspace: string;
  /** `.wrangle`, absolute. */
  readonly state: string;
  /** Blobs and action records; may be outside the workspace. */
  readonly store: string;
  readonly index: string;
  readonly journal: string;
  readonly lock: string;
  /** Processes that were started and not seen gone. */
  readonly processes: string;
  /** The same of workers, which are others' to write down. */
  readonly workers: string;
  /** Written to tell the file system's time. */
  readonly clock: string;
  readonly frontend: string;
  readonly staging: string;
  readonly failed: string;
  readonly checkpoints: string;
  readonly displaced: string;
}

const STATE_FOLDER = '.wrangle';

export function stateLayout(workspace: string, cacheFolder?: string): StateLayout {
  const state = `${workspace}/${STATE_FOLDER}`;
  return {
    workspace,
    state,
    store: cacheFolder ?? `${state}/store`,
    index: `${state}/index`,
    journal: `${state}/journal`,
    lock: `${state}/lock`,
    processes: `${state}/processes`,
    workers: `${state}/workers`,
    clock: `${state}/clock`,
    frontend: `${state}/frontend`,
    staging: `${state}/staging`,
    failed: `${state}/failed`,
    checkpoints: `${state}/checkpoints`,
    displaced: `${state}/displaced`,
  };
}

/** Absolute path of a path from the workspace. */
export function inWorkspace(layout: StateLayout, path: string): string {
  return path.startsWith('/') ? path : `${layout.workspace}/${path}`;
}

/** Path from the workspace of an absolute path inside it. */
export function fromWorkspace(layout: StateLayout, path: string): string {
  return path.startsWith(`${layout.workspace}/`) ? path.slice(layout.workspace.length + 1) : path;
}
