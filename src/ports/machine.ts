/** The machine as `doctor` asks for it. What builds need of it is in the other ports. */
export interface Machine {
  /** Node's names, such as `linux` and `x64`. */
  readonly os: string;
  readonly arch: string;
  readonly nodeVersion: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Of a folder that exists. Errors: Node's. */
  fileSystemOf(folder: string): FileSystemFacts;
  limits(): MachineLimits;
  /** Where a program of this name is in PATH; undefined when there is none that can be run. */
  findProgram(name: string): string | undefined;
  /** Whether a program that may be made and removed at this path could be run there. */
  canRunAt(path: string): boolean;
  /** Whether a copy can share its blocks with the file it is copied from. Both paths may be made, and stay. */
  canClone(from: string, to: string): boolean;
  /** Whether a user who is not root gets namespaces of their own; undefined when it cannot be tried. */
  canMakeNamespaces(): boolean | undefined;
}

export interface FileSystemFacts {
  /** Such as `ext4`; undefined where the system does not tell. */
  readonly type: string | undefined;
  /** Equal for two folders exactly when a file can be renamed from one to the other. */
  readonly device: string;
  readonly freeBytes: number;
  /** Files that can still be made; undefined where there is no limit. */
  readonly freeFiles: number | undefined;
}

/** Undefined: unlimited, or not known. */
export interface MachineLimits {
  readonly openFiles: number | undefined;
  readonly processes: number | undefined;
  readonly inotify: { readonly watches: number; readonly instances: number } | undefined;
}
