/** Where the records of runs lie, and how runs are named. Knows nothing of what is in them. */
import { sha256 } from '../util/hash.ts';

const RUN_ID = /^\d{8}-\d{6}-[a-z0-9]{4}$/;
const ID_RANDOM_LENGTH = 4;
/** File systems allow 255 bytes. */
const FOLDER_NAME_MAX = 200;

/**
 * `20261121-043512-k3f9`: UTC to the second, then chance; sorts by time. `random` makes as many lowercase letters and
 * digits as it is asked for.
 */
export function newRunId(nowMs: number, random: (length: number) => string): string {
  const [day = '', time = ''] = new Date(nowMs).toISOString().split('T');
  return `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${random(ID_RANDOM_LENGTH)}`;
}

export function isRunId(name: string): boolean {
  return RUN_ID.test(name);
}

export function runsFolder(stateDir: string): string {
  return `${stateDir}/runs`;
}

export function runsIndexPath(stateDir: string): string {
  return `${stateDir}/runs/index`;
}

export function runFolder(stateDir: string, runId: string): string {
  return `${stateDir}/runs/${runId}`;
}

export function runJsonPath(stateDir: string, runId: string): string {
  return `${runFolder(stateDir, runId)}/run.json`;
}

/** `log.txt` of a run: one line an event. */
export function runLogPath(stateDir: string, runId: string): string {
  return `${runFolder(stateDir, runId)}/log.txt`;
}

export function eventsPath(stateDir: string, runId: string): string {
  return `${runFolder(stateDir, runId)}/events.jsonl`;
}

/** Folder with the output of a stage's attempts. */
export function stageLogFolder(stateDir: string, runId: string, stage: string): string {
  return `${runFolder(stateDir, runId)}/stages/${stageFileName(stage)}`;
}

export function stageLogPath(stateDir: string, runId: string, stage: string, attempt: number): string {
  return `${stageLogFolder(stateDir, runId, stage)}/${attempt}.log`;
}

/** Most ids. To look costs a fraction of what looking for something to replace does. */
const PLAIN = /^[A-Za-z0-9_@,=+%-][A-Za-z0-9_.@,=+%-]*$/;

/** A stage's id as a name on the disk: what is no plain character is percent-encoded, a long id ends in its hash. */
export function stageFileName(stage: string): string {
  if (stage.length <= FOLDER_NAME_MAX && PLAIN.test(stage)) return stage;
  const safe = stage.replace(/^\.|[^A-Za-z0-9_.@,=+%-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(''),
  );
  return safe.length <= FOLDER_NAME_MAX ? safe : `${safe.slice(0, FOLDER_NAME_MAX - 17)}~${sha256(stage).slice(0, 16)}`;
}
