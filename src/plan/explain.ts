/** Every cause why a stage is not fresh, from the same data that decided. */
import { answerEntries, makeFingerprint } from '../digest/fingerprint.ts';
import { digestOfPath, resolveInputs } from '../digest/resolve-inputs.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import { compareEntries } from '../digest/why.ts';
import type { FingerprintEntry } from '../model/fingerprint.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Cause } from '../model/plan.ts';
import { INTERRUPTED } from '../model/plan.ts';
import { stageKey } from '../store/index-file.ts';
import type { Decided, Lost } from './decide.ts';
import { isExpired, ttlText } from './ttl.ts';
import type { WorkspaceState } from './workspace-state.ts';
import { gatherOf } from './workspace-state.ts';

/** All causes for a stage whose inputs are final; for a fresh one, only a changed contract. */
export function explain(state: WorkspaceState, at: number, decided: Decided): Cause[] {
  const { graph, index } = state;
  const stage = graph.stages[at] as Stage;
  if (decided.decision === 'fresh') return decided.contractChanged ? [contractCause(state, at)] : [];

  const causes: Cause[] = [];
  if (decided.waiting) {
    const { id, problem } = decided.waiting;
    causes.push({ part: 'answers', change: 'missing', name: id, before: undefined, after: problem ?? undefined });
  }
  for (const path of decided.missingInputs) {
    causes.push({ part: 'input', change: 'missing', name: path, before: undefined, after: undefined });
  }
  const known = index.stages.get(stageKey(graph.pipeline.file, stage.id));
  const previous = previousEntries(state, stage);
  if (previous) {
    const { inputs, answers } = decided;
    const current = makeFingerprint(state.declaredEntries(at), state.declaredHashes[at] as string, inputs, answers);
    causes.push(...compareEntries(previous, current.entries));
  } else if (decided.found.size === 0) {
    causes.push({ part: 'command', change: 'added', name: '', before: undefined, after: 'never succeeded here' });
  }
  if (!previous) causes.push(...newAnswers(state, stage, decided));
  for (const [path, digest] of decided.found) {
    const recorded = index.outputs.get(path);
    if (digest === undefined) {
      causes.push({ part: 'output', change: 'missing', name: path, before: recorded?.digest, after: undefined });
    } else if (!recorded) {
      causes.push({ part: 'output', change: 'added', name: path, before: undefined, after: digest });
    } else if (recorded.digest !== digest) {
      causes.push({ part: 'output', change: 'changed', name: path, before: recorded.digest, after: digest });
    } else if (recorded.fingerprint === '' && known?.fingerprint === '') {
      causes.push({
        part: 'input',
        change: 'changed',
        name: '',
        before: undefined,
        after: 'changed while the stage ran',
      });
    }
  }
  if (stage.always)
    causes.push({ part: 'version', change: 'changed', name: 'always', before: undefined, after: 'always' });
  if (decided.expiredMs !== undefined) causes.push(expiredCause(state, stage, decided.expiredMs));
  if (state.forced.has(at)) {
    causes.push({ part: 'version', change: 'changed', name: 'force', before: undefined, after: '--force' });
  }
  if (state.interrupted.has(stage.id)) {
    causes.push({
      part: 'output',
      change: 'changed',
      name: '',
      before: undefined,
      after: INTERRUPTED,
    });
  }
  if (decided.lost !== undefined) causes.push(lostCause(decided.lost));
  if (decided.contractChanged) causes.push(contractCause(state, at));
  if (causes.length === 0) {
    for (const { path } of known?.discovered ?? []) {
      causes.push({ part: 'discovered', change: 'changed', name: path, before: undefined, after: undefined });
    }
  }
  if (causes.length === 0) {
    causes.push({
      part: 'output',
      change: 'missing',
      name: '',
      before: undefined,
      after: 'its record is not in the store',
    });
  }
  return causes;
}

/** Of a stage that never succeeded, what is answered differently since it asked. */
function newAnswers({ index, graph }: WorkspaceState, stage: Stage, { answers, base }: Decided): Cause[] {
  const open = index.questions.get(stageKey(graph.pipeline.file, stage.id))?.open;
  return open?.base === base ? compareEntries(answerEntries(open.answers), answerEntries(answers)) : [];
}

/** For a stage whose inputs cannot even be read; the attempt will say the same. */
export function explainUnreadable(error: Error): Cause[] {
  return [{ part: 'input', change: 'changed', name: '', before: undefined, after: `cannot be read: ${error.message}` }];
}

/** For a stage behind producers that have yet to run: what is known to be different, and whom it waits for. */
export async function explainPending(
  state: WorkspaceState,
  at: number,
  pendingOn: readonly number[],
): Promise<Cause[]> {
  const stage = state.graph.stages[at] as Stage;
  const causes: Cause[] = [];
  const previous = previousEntries(state, stage);
  if (previous) {
    // What the producers make is unknown; what comes from elsewhere is as it is, whatever they do.
    const own = await ownInputs(state, at);
    const known = previous.filter((entry) => {
      // An answer is looked for when the stage is ready.
      if (entry.part === 'answers') return false;
      return entry.part !== 'input' || own.isOwn(entry);
    });
    causes.push(...compareEntries(known, [...state.declaredEntries(at), ...own.entries]));
  } else {
    const [first] = stage.outputs.flatMap((port) => port.items);
    causes.push({ part: 'output', change: 'missing', name: first?.path ?? '', before: undefined, after: undefined });
  }
  const { index, graph, nowMs } = state;
  const madeAtMs = index.stages.get(stageKey(graph.pipeline.file, stage.id))?.ran_at_ms;
  if (previous && madeAtMs && isExpired(stage, madeAtMs, nowMs())) causes.push(expiredCause(state, stage, madeAtMs));
  for (const producer of pendingOn) {
    const { id } = state.graph.stages[producer] as Stage;
    const after = wholeOf(state, at, producer);
    causes.push({ part: 'input', change: 'upstream', name: id, before: undefined, after });
  }
  return causes;
}

interface OwnInputs {
  readonly entries: readonly FingerprintEntry[];
  /** Whether an entry of before is about such an input. */
  readonly isOwn: (entry: FingerprintEntry) => boolean;
}

/** Inputs that no stage makes. What cannot be read is left to the attempt, which says why. */
async function ownInputs(state: WorkspaceState, at: number): Promise<OwnInputs> {
  const { graph, fs, layout, digests } = state;
  const stage = graph.stages[at] as Stage;
  let flat = 0;
  const isMade = () => (graph.item_producers[at]?.[flat++]?.length ?? 0) > 0;
  const ports = stage.inputs.map((port) => ({ ...port, items: port.items.filter(() => !isMade()) }));
  const whole = new Set(
    ports.filter((port, index) => port.items.length === stage.inputs[index]?.items.length).map(({ name }) => name),
  );
  const inputs = ports.filter(({ items }) => items.length > 0);
  const isOrder = ({ name }: FingerprintEntry) => name.endsWith(' (order)');
  const portOf = (name: string) => name.slice(0, name.indexOf(': '));
  try {
    const resolved = await resolveInputs(
      { ...stage, inputs },
      fs,
      layout.workspace,
      digestOfPath(digests),
      digests,
      gatherOf(state),
    );
    const entries = makeFingerprint([], '', resolved.ports).entries.filter((entry) => !isOrder(entry));
    const names = new Set(entries.map(({ name }) => name));
    return { entries, isOwn: (entry) => names.has(entry.name) || (!isOrder(entry) && whole.has(portOf(entry.name))) };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { entries: [], isOwn: () => false };
  }
}

/** The folder or glob by which a stage reads a producer's outputs and whatever else is there; undefined for neither. */
function wholeOf({ graph }: WorkspaceState, at: number, producer: number): string | undefined {
  const made = new Set((graph.stages[producer] as Stage).outputs.flatMap((port) => port.items.map(({ path }) => path)));
  const items = (graph.stages[at] as Stage).inputs.flatMap((port) => port.items);
  const read = items.find(
    ({ kind, path }, flat) =>
      kind !== 'file' && !made.has(path) && graph.item_producers[at]?.[flat]?.includes(producer) === true,
  );
  return read && (read.kind === 'folder' ? `${read.path}/` : read.path);
}

/** The parts that were current when this workspace last had the stage's outputs. */
function previousEntries(state: WorkspaceState, stage: Stage): readonly FingerprintEntry[] | undefined {
  const known = state.index.stages.get(stageKey(state.graph.pipeline.file, stage.id));
  const [output] = stage.outputs.flatMap((port) => port.items);
  const made = output && state.index.outputs.get(output.path)?.fingerprint;
  const fingerprint = made || known?.fingerprint;
  return fingerprint ? state.actions.read(fingerprint)?.entries : undefined;
}

function expiredCause({ nowMs }: WorkspaceState, { ttl_ms = 0 }: Stage, madeAtMs: number): Cause {
  const isKnown = madeAtMs > 0;
  const before = isKnown ? new Date(madeAtMs).toISOString() : undefined;
  // Of the future.
  const after = madeAtMs > nowMs() ? undefined : ttlText(ttl_ms);
  return { part: 'version', change: 'changed', name: 'ttl', before, after };
}

function lostCause(lost: Lost): Cause {
  const after =
    lost === 'record'
      ? 'its record in the store is damaged'
      : `the store has lost ${lost.map(({ path }) => JSON.stringify(path)).join(', ')}`;
  return { part: 'output', change: 'missing', name: '', before: undefined, after };
}

function contractCause(state: WorkspaceState, at: number): Cause {
  const stage = state.graph.stages[at] as Stage;
  const known = state.index.stages.get(stageKey(state.graph.pipeline.file, stage.id));
  const before = known?.expect || undefined;
  return { part: 'expect', change: before ? 'changed' : 'added', name: '', before, after: state.contractHashes[at] };
}
