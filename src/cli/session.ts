/** What every command gets: where it is, how it speaks, and its common flags in their final form. */
import { isAbsolute, resolve } from 'node:path';
import { nearestChoice } from '../diagnostics/suggest.ts';
import type { EnginePorts } from '../engine/ports.ts';
import type { Workspace } from '../engine/workspace.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { CacheMode, ParamSetting } from '../model/run-request.ts';
import type { Annotation } from '../report/github.ts';
import type { Style } from '../report/style.ts';

export interface Session {
  readonly ports: EnginePorts;
  readonly workspace: Workspace;
  /** Absolute; `-C` applied. */
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly json: boolean;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
  /** The whole command line, for others that wait for us. */
  readonly commandLine: string;
}

export interface Output {
  /** Adds the line end. */
  line(text: string): void;
  /** For a person, without a line end of its own. */
  text(text: string): void;
  /** Documents and data, as they are. */
  write(text: string): void;
  /** To be shown beside the lines they are about, where GitHub Actions runs this; nothing elsewhere. */
  annotate(annotations: readonly Annotation[]): void;
  readonly style: Style;
  readonly isTty: boolean;
  /** Columns; undefined where there is no terminal. */
  readonly width: number | undefined;
  /** Whoever read it has left, as in `wrangle log | head`. */
  readonly isGone: boolean;
  /** Called once when that happens. */
  onGone(act: () => void): void;
  /** Resolves when more can be written without piling up, after signals and other news had their turn. */
  drained(): Promise<void>;
}

/** Flags that say which pipeline, as commander gives them. */
export interface PipelineFlags {
  readonly file?: string;
  readonly param?: readonly string[];
  readonly paramsFile?: string;
}

/** Something wrong with the command line itself: exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.help = help;
  }
}

/** The pipeline file comes first, if there is one: it has a slash or ends in .yaml or .yml, and is no instance. What follows are stages. */
export function splitArguments(
  session: Session,
  flags: PipelineFlags,
  args: readonly string[],
): { readonly file: string | undefined; readonly stages: readonly string[] } {
  const [first, ...rest] = args;
  const isFile = first !== undefined && namesPipeline(first);
  // A file on the command line wins over one in the environment.
  if (isFile && flags.file !== undefined && flags.file !== process.env['WRANGLE_FILE']) {
    throw new UsageError(`Two pipelines are named: ${flags.file} with --file, and ${first}.`, 'Name one of them.');
  }
  const file = isFile ? first : flags.file;
  return { file: file === undefined ? undefined : resolve(session.cwd, file), stages: isFile ? rest : args };
}

/** Whether an argument is a pipeline file; else it is about stages. `fit@small.yaml` is an instance, `path:build/*` a selector. */
export function namesPipeline(word: string): boolean {
  if (/^@?(\d*\+)?[a-z_]+:(?!\/\/)/i.test(word)) return false;
  return word.includes('/') || (/\.ya?ml$/.test(word) && !/^[\w.-]+@/.test(word));
}

/** Params of `--params-file`, then those of `-p`, which win. */
export async function readParams(
  session: Pick<Session, 'ports' | 'workspace' | 'cwd'>,
  flags: PipelineFlags,
): Promise<ParamSetting[]> {
  const params: ParamSetting[] = [];
  if (flags.paramsFile !== undefined) {
    const path = isAbsolute(flags.paramsFile) ? flags.paramsFile : resolve(session.cwd, flags.paramsFile);
    const { readParamsFile } = await import('../language/params-file.ts');
    const read = readParamsFile(session.ports.fs, path, session.workspace.dir);
    if (!read.ok) throw new DiagnosedError(read.error.diagnostics, read.error.texts);
    params.push(...read.value);
  }
  for (const setting of flags.param ?? []) {
    const equals = setting.indexOf('=');
    if (equals <= 0) throw new UsageError(`"-p ${setting}" has no value.`, 'Write it as -p NAME=VALUE.');
    params.push({ name: setting.slice(0, equals), text: setting.slice(equals + 1) });
  }
  return params;
}

/** Mistakes in files, on their way to being printed. */
export class DiagnosedError extends Error {
  override readonly name = 'DiagnosedError';
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;

  constructor(diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>) {
    super('the files have mistakes');
    this.diagnostics = diagnostics;
    this.texts = texts;
  }
}

export const CACHE_MODES: readonly string[] = ['off', 'read', 'write', 'rw'];

export function parseCache(text: string | undefined): CacheMode {
  if (text === undefined) return 'rw';
  if (!CACHE_MODES.includes(text)) {
    const near = nearestChoice(text, CACHE_MODES);
    const help = near === undefined ? 'It is off, read, write or rw.' : `Did you mean "${near}"?`;
    throw new UsageError(`"--cache=${text}" is not known.`, help);
  }
  return text as CacheMode;
}

/** `--force` alone, or with selectors. */
export function parseForce(value: string | boolean | undefined): boolean | readonly string[] {
  if (value === undefined || typeof value === 'boolean') return value === true;
  return value.trim() === '' ? true : value.trim().split(/\s+/);
}

/** `4`, or `50%` of the cores; at least 1. */
export function parseJobs(text: number | string | undefined, cores: number, from = '--jobs'): number {
  if (text === undefined) return cores;
  const match = /^(\d+)(%?)$/.exec(String(text));
  const value = Number(match?.[1]);
  if (!match || !Number.isSafeInteger(value) || value < 1 || value > 100_000) {
    throw new UsageError(`${from} takes a whole number from 1, or a part of the cores such as 50%, not "${text}".`);
  }
  return match[2] === '%' ? Math.max(1, Math.round((cores * value) / 100)) : value;
}
