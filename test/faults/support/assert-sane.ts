/**
 * The invariants that hold after every fault, whatever it was. Knows neither the fault nor whether disk and processes
 * are real: it is handed a workspace to look at and to build.
 *
 *   INV1  every record is well formed and names blobs that are there and hash to their names; where the fault was to the
 *         store itself: what comes out of it is right all the same
 *   INV2  outputs are all of before or all of after, and are never called fresh when they are not
 *   INV3  the next build makes what a fresh clone would make, and the one after it runs nothing
 *   INV4  nothing outside the workspace was touched
 *   INV5  no process is left
 *   INV6  no lock, no temporary file and no open journal is left
 *   INV7  no secret is in anything printed or kept
 */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';

/** Path from the workspace -> contents. An empty folder is `path/`. */
export type Files = Readonly<Record<string, string>>;

export interface BuildSeen {
  /** Stages that ended neither well nor fresh, and what is wrong with the build as a whole. */
  readonly problems: readonly string[];
  /** Stages whose command was started, in order. */
  readonly started: readonly string[];
  readonly warnings: readonly string[];
  /** Everything that was printed. */
  readonly said: string;
}

export interface FaultyWorkspace {
  /** Everything, `.wrangle/` too. */
  tree(): Files;
  /** What `plan` says of each stage; undefined when it cannot be told (an input is missing). */
  decisions(): Promise<Readonly<Record<string, string>> | undefined>;
  /** Takes the lock, does what recovery does, and starts nothing. */
  recover(): Promise<void>;
  build(): Promise<BuildSeen>;
  /** Of all that lies beside the workspace. */
  outsideHash(): string;
  /** Command lines of processes that work in the workspace. */
  processes(): readonly string[];
  lockIsFree(): Promise<boolean>;
  /** A file, or a folder with everything in it. */
  remove(path: string): void;
}

export interface Expected {
  /** Places of each stage's outputs; a folder ends in `/`. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  /** What the outputs of a stage may be, all of them together: those of before and those of after. */
  readonly wholes: readonly Files[];
  /** Stages whose commands write where their outputs are: until recovery these may be anything that is not fresh. */
  readonly inPlace?: readonly string[];
  /** What a build in a fresh clone makes of the sources. */
  readonly clean: Files;
  /** The same of the sources as they are when the fault strikes; `clean` when left out. */
  readonly cleanBefore?: Files;
  /** Contents that are the user's own and must be somewhere. */
  readonly kept?: readonly string[];
  readonly outsideHash: string;
  /** What was printed when the fault struck. */
  readonly said?: string;
  /** The fault was to the store itself, or to what was not synced: what is in it counts only when it is read. */
  readonly storeIsDamaged?: boolean;
  /** The fault took the journal, or bytes of outputs: until the next build they may be anything that is not fresh. */
  readonly outputsAreDamaged?: boolean;
  /** The fault took names that stand for others: a temporary file may be all that is left of what was under way. */
  readonly namesAreLost?: boolean;
  /** How many warnings the next build may give; any number when left out. */
  readonly warningsMax?: number;
  /** Before the build that is to converge: takes away what made a stage fail. */
  readonly mend?: () => void;
}

/** Part of every secret that stages of faulty workspaces are given. */
export const SECRET = 'Canary-4711-in-the-mine';

/** Errors: throws with `what` and the invariant that does not hold. */
export async function assertSane(workspace: FaultyWorkspace, expected: Expected, what: string): Promise<void> {
  const { outputs, wholes, clean, kept = [], inPlace = [] } = expected;
  const found = workspace.tree();
  if (!expected.storeIsDamaged) expect(brokenRecords(found), `${what}: INV1, records`).toEqual([]);
  if (!expected.outputsAreDamaged) {
    const staged = Object.fromEntries(Object.entries(outputs).filter(([stage]) => !inPlace.includes(stage)));
    expect(strangeOutputs(found, staged, wholes), `${what}: INV2, outputs that are neither old nor new`).toEqual([]);
  }
  expect(
    falselyFresh(found, outputs, expected.cleanBefore ?? clean, await workspace.decisions()),
    `${what}: INV2, stages that pass for fresh`,
  ).toEqual([]);

  await workspace.recover();
  if (!expected.outputsAreDamaged) {
    const recovered = workspace.tree();
    expect(halfStages(recovered, outputs, wholes), `${what}: INV2, stages that are half old and half new`).toEqual([]);
  }

  expected.mend?.();
  const next = await workspace.build();
  expect(next.problems, `${what}: INV3, the next build\n${next.said}`).toEqual([]);
  const converged = workspace.tree();
  expect(outputsIn(converged, outputs), `${what}: INV3, what the next build made`).toEqual(outputsIn(clean, outputs));
  if (expected.warningsMax !== undefined) {
    expect(next.warnings.length, `${what}: warnings of the next build:\n${next.warnings.join('\n')}`) //
      .toBeLessThanOrEqual(expected.warningsMax);
  }
  const idle = await workspace.build();
  expect(idle.problems, `${what}: INV3, the build after it\n${idle.said}`).toEqual([]);
  expect(idle.started, `${what}: INV3, the build after it runs something`).toEqual([]);
  expect(idle.warnings, `${what}: INV3, the build after it warns once more`).toEqual([]);

  if (expected.storeIsDamaged) {
    for (const place of Object.values(outputs).flat()) workspace.remove(place);
    const again = await workspace.build();
    expect(again.problems, `${what}: INV1, a build out of the store\n${again.said}`).toEqual([]);
    expect(outputsIn(workspace.tree(), outputs), `${what}: INV1, what came out of the store`) //
      .toEqual(outputsIn(clean, outputs));
  }

  const after = workspace.tree();
  if (!expected.storeIsDamaged) expect(brokenRecords(after), `${what}: INV1, records after the next build`).toEqual([]);
  expect(missing(after, kept), `${what}: contents of the user's that are nowhere`).toEqual([]);
  expect(workspace.outsideHash(), `${what}: INV4, what lies outside the workspace`).toBe(expected.outsideHash);
  expect(workspace.processes(), `${what}: INV5, processes left`).toEqual([]);
  expect(leftovers(after, expected.namesAreLost), `${what}: INV6, left in the state folder`).toEqual([]);
  expect(await workspace.lockIsFree(), `${what}: INV6, the lock is free`).toBe(true);
  const told = { printed: `${expected.said ?? ''}${next.said}${idle.said}`, ...found, ...after };
  expect(secretsIn(told), `${what}: INV7, places that hold a secret`).toEqual([]);
}

/** Every record that is not sealed, not of its name, or names a blob that is not there or not sound. */
function brokenRecords(tree: Files): string[] {
  const broken: string[] = [];
  for (const [path, text] of Object.entries(tree)) {
    const [, name] = /^\.wrangle\/store\/ac\/..\/([0-9a-f]{64})$/.exec(path) ?? [];
    if (name === undefined) continue;
    const record = unsealed(text);
    if (record?.fingerprint !== name) {
      broken.push(`${path} is no record of its name`);
      continue;
    }
    for (const { digest } of record.results.flatMap(({ outputs }) => outputs)) {
      const wrong = wrongBlob(tree, digest);
      if (wrong) broken.push(`${path}: ${wrong}`);
    }
  }
  return broken;
}

interface StoredRecord {
  readonly fingerprint: string;
  readonly results: readonly { readonly outputs: readonly { readonly digest: string }[] }[];
}

/** Read without the code under test, as another program would read it. */
function unsealed(text: string): StoredRecord | undefined {
  const [head = '', body = ''] = text.split('\n');
  return head.split(' ')[2] === hashOf(body) ? (JSON.parse(body) as StoredRecord) : undefined;
}

function wrongBlob(tree: Files, digest: string): string | undefined {
  const [kind, sha = '', size] = digest.split(':');
  const blob = tree[`.wrangle/store/cas/${sha.slice(0, 2)}/${sha}`];
  if (blob === undefined) return `the blob ${sha} is missing`;
  if (hashOf(blob) !== sha) return `the blob ${sha} holds something else`;
  if (kind !== 'd') return Buffer.byteLength(blob) === Number(size) ? undefined : `the blob ${sha} has another size`;
  const entries = JSON.parse(blob) as { readonly type: string; readonly digest: string }[];
  return entries.map((entry) => (entry.type === 'file' ? wrongBlob(tree, entry.digest) : undefined)).find(Boolean);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

type Outputs = Expected['outputs'];

const isIn = (path: string, place: string) => path === place || (place.endsWith('/') && path.startsWith(place));

/** The files that lie at the places of outputs. */
function outputsIn(files: Files, outputs: Outputs): Record<string, string> {
  const places = Object.values(outputs).flat();
  return Object.fromEntries(Object.entries(files).filter(([path]) => places.some((place) => isIn(path, place))));
}

/** Files with contents that they never had: cut, mixed or of nobody. */
function strangeOutputs(tree: Files, outputs: Outputs, wholes: readonly Files[]): string[] {
  return Object.entries(outputsIn(tree, outputs))
    .filter(([path, text]) => !path.endsWith('/') && !wholes.some((whole) => whole[path] === text))
    .map(([path, text]) => `${path}: ${JSON.stringify(text.slice(0, 80))}`);
}

function halfStages(tree: Files, outputs: Outputs, wholes: readonly Files[]): string[] {
  const strange: string[] = [];
  for (const [stage, places] of Object.entries(outputs)) {
    const of = (files: Files) => JSON.stringify(Object.entries(outputsIn(files, { stage: places })).sort());
    if (!wholes.some((whole) => of(whole) === of(tree))) strange.push(`${stage}: ${of(tree)}`);
  }
  return strange;
}

/** Stages that `plan` calls fresh though their outputs are not what a fresh clone has. */
function falselyFresh(
  tree: Files,
  outputs: Outputs,
  clean: Files,
  decisions: Readonly<Record<string, string>> | undefined,
): string[] {
  return Object.entries(outputs)
    .filter(([stage]) => decisions?.[stage] === 'fresh')
    .filter(([, places]) => {
      const [now, wanted] = [outputsIn(tree, { places }), outputsIn(clean, { places })];
      return JSON.stringify(Object.entries(now).sort()) !== JSON.stringify(Object.entries(wanted).sort());
    })
    .map(([stage]) => stage);
}

function missing(tree: Files, kept: readonly string[]): string[] {
  const everything = new Set(Object.values(tree));
  return kept.filter((text) => !everything.has(text));
}

/** Half-written files of which there is one at most, because the next writer of the same file writes over it. */
const WRITTEN_OVER = /^(index|frontend\/[^/]+|runs\/index|runs\/run\.json|store\/usage)\.new$/;

/** What only a running command may have: half-written files, staging, an open journal. */
function leftovers(tree: Files, namesAreLost = false): string[] {
  return Object.entries(tree)
    .filter(([path, text]) => {
      if (!path.startsWith('.wrangle/')) return false;
      const inside = path.slice('.wrangle/'.length);
      if (inside === 'journal') return text !== '';
      if (namesAreLost && inside.startsWith('store/tmp/')) return false;
      return /^staging\b|^store\/tmp\/.|\.new$/.test(inside) && !WRITTEN_OVER.test(inside);
    })
    .map(([path]) => path);
}

function secretsIn(texts: Files): string[] {
  const forms = [SECRET, Buffer.from(SECRET).toString('base64').slice(0, 24), Buffer.from(SECRET).toString('hex')];
  return Object.entries(texts)
    .filter(([, text]) => forms.some((form) => text.includes(form)))
    .map(([path]) => path);
}
