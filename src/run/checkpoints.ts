/**
 * The folder in which a stage keeps what must outlive an attempt: `.wrangle/checkpoints/<stage>/<fingerprint>/`. It stays
 * until the stage succeeds, and what was half done with other inputs goes (design-notes, "Scratch, checkpoints, answers").
 */
import type { Stage, Template } from '../model/pipeline.ts';
import type { Answers } from '../model/question.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { OpenQuestion } from '../store/index-file.ts';
import type { StateLayout } from '../store/layout.ts';
import { stageFileName } from '../store/run-paths.ts';
import { canonicalJson } from '../util/canonical-json.ts';

export const SCRATCH_VARIABLE = 'WRANGLE_SCRATCH';

export interface CheckpointOf {
  readonly stage: Stage;
  readonly fingerprint: string;
  readonly answers: Answers;
  /** Of an attempt that runs apart from others. */
  readonly apart?: { readonly place: string } | undefined;
}

/** Absolute. */
export function checkpointFolder(layout: StateLayout, { stage, fingerprint, apart }: CheckpointOf): string {
  return `${rootOf(layout, stage)}/${fingerprint}${apart ? `-${apart.place}` : ''}`;
}

/**
 * Before an attempt: the folder is there if it is to be made, and it is the only one of the stage.
 * `open` is the question that the attempt before ended with. Errors: those of the disk.
 */
export function openCheckpoint(
  fs: FileSystem,
  layout: StateLayout,
  wanted: CheckpointOf,
  open: OpenQuestion | null | undefined,
  isMade: boolean,
): void {
  const root = rootOf(layout, wanted.stage);
  const folder = checkpointFolder(layout, wanted);
  // Most stages have none, and looking costs less than an error.
  const names = new Set(fs.lstat(root) && fs.readFolder(root)?.map(({ name }) => name));
  if (open && open.fingerprint !== wanted.fingerprint && names.has(open.fingerprint)) {
    // What was done before the question was asked is still good, unless an earlier answer is another one now.
    if (!names.has(wanted.fingerprint) && onlyGrew(open.answers, wanted.answers)) {
      fs.rename(`${root}/${open.fingerprint}`, folder);
      names.delete(open.fingerprint);
    }
  }
  names.delete(wanted.fingerprint);
  for (const name of names) fs.remove(`${root}/${name}`);
  if (isMade) fs.makeFolder(folder);
}

/** After a success. Errors: those of the disk. */
export function dropCheckpoint(fs: FileSystem, layout: StateLayout, stage: Stage): void {
  const root = rootOf(layout, stage);
  if (fs.lstat(root) !== undefined) fs.remove(root);
}

function rootOf(layout: StateLayout, { id }: Stage): string {
  return `${layout.checkpoints}/${stageFileName(id)}`;
}

/** Two folders cost more than a short command, so for a command they are made only where it speaks of them. */
export function wantsFolder({ action, env }: Stage): boolean {
  if (action.kind === 'type') return true;
  const command = action.kind === 'shell' ? [action.command] : action.argv;
  return [...command, ...Object.values(env)].some(mentionsScratch);
}

function mentionsScratch(template: Template): boolean {
  return template.some((part) => typeof part === 'string' && part.includes(SCRATCH_VARIABLE));
}

function onlyGrew(before: Answers, after: Answers): boolean {
  return Object.entries(before).every(
    ([id, answer]) => Object.hasOwn(after, id) && canonicalJson(after[id]) === canonicalJson(answer),
  );
}
