/** The environment of an attempt: clean, so that what a stage sees is what it declares. */
import type { Stage } from '../model/pipeline.ts';

export interface CallerEnvironment {
  readonly [name: string]: string | undefined;
}

/** The workspaces whose builds a process is part of, outermost first, as JSON: a build may start another elsewhere. */
const WITHIN = 'WRANGLE_WITHIN';

/** Absolute folders. Whoever wants to wait for one of these would wait for itself. */
export function enclosingWorkspaces(caller: CallerEnvironment): readonly string[] {
  try {
    const within: unknown = JSON.parse(caller[WITHIN] ?? '[]');
    return Array.isArray(within) ? within.filter((folder) => typeof folder === 'string') : [];
  } catch {
    // Not ours.
    return [];
  }
}

/** What every stage gets, whatever the caller's environment holds; the parts that do not depend on the stage. */
export function baseEnvironment(caller: CallerEnvironment, workspace: string): Record<string, string> {
  // A relative entry would mean a different program in each folder.
  const path = (caller['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(':').filter((entry) => entry.startsWith('/'));
  const base: Record<string, string> = {
    PATH: [`${workspace}/node_modules/.bin`, ...path].join(':'),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    [WITHIN]: JSON.stringify([...enclosingWorkspaces(caller), workspace]),
  };
  for (const name of ['HOME', 'USER']) {
    const value = caller[name];
    if (value !== undefined) base[name] = value;
  }
  return base;
}

export interface StageEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** Declared secrets that the caller does not have. */
  readonly missingSecrets: readonly string[];
  /** Secrets so short that masking them would mask half of any text. */
  readonly shortSecrets: readonly string[];
}

const SECRET_BYTES_MIN = 4;

/** `declared` is the stage's `env` with its expressions filled in; `own` are wrangle's variables. Later wins. */
export function stageEnvironment(
  base: Readonly<Record<string, string>>,
  stage: Pick<Stage, 'pass_env' | 'secrets'>,
  declared: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
  caller: CallerEnvironment,
): StageEnvironment {
  const env: Record<string, string> = { ...base, ...declared };
  for (const name of stage.pass_env) {
    const value = caller[name];
    if (value !== undefined) env[name] = value;
  }
  const missingSecrets: string[] = [];
  const shortSecrets: string[] = [];
  for (const name of stage.secrets) {
    const value = caller[name];
    if (value === undefined || value === '') missingSecrets.push(name);
    else {
      if (Buffer.byteLength(value) < SECRET_BYTES_MIN) shortSecrets.push(name);
      env[name] = value;
    }
  }
  return { env: { ...env, ...own }, missingSecrets, shortSecrets };
}
