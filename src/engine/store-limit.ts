/**
 * The limit of the store, kept after builds that added to it. Below the limit this costs a read of some bytes; what
 * cleans is loaded only above it.
 */
import { environmentFailure } from '../run/build-context.ts';
import { log } from '../run/events.ts';
import { formatBytes } from '../util/quantity.ts';
import type { Trimmed } from './clean-store.ts';
import type { OpenState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';

export interface LimitOptions {
  readonly bytesMax: number;
  /** When the build began. */
  readonly begunMs: number;
  readonly command: string;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
  readonly emit: Parameters<typeof log>[0]['emit'];
}

/** One line when something went, a warning when what is needed alone is too much. Never fails a build. */
export async function keepStoreBelow(ports: EnginePorts, open: OpenState, options: LimitOptions): Promise<void> {
  const { layout, state, usage } = open;
  const { bytesMax, emit } = options;
  const context = { emit, clock: ports.clock };
  if (usage.addedBytes === 0) return;
  usage.tell();
  const known = usage.read();
  if (known !== undefined && known <= bytesMax) return;
  try {
    const { trimStore } = await import('./clean-store.ts');
    const trimmed = await trimStore(ports, layout, { ...options, index: state.index, usage });
    if (!trimmed) return;
    const { records } = trimmed.swept;
    if (records.length > 0) log(context, 'info', null, trimmedText(trimmed), 'store-trimmed');
    if (trimmed.kept.needed.bytes > bytesMax) log(context, 'warning', null, tooSmallText(trimmed), 'store-limit');
  } catch (error) {
    log(context, 'warning', null, environmentFailure('clean the store', error).message, 'store-failed');
  }
}

function trimmedText({ swept, bytesMax }: Trimmed): string {
  const { records, bytes } = swept;
  const results = records.length === 1 ? 'the result' : `the ${records.length} results`;
  const last = new Date(records.at(-1)?.usedMs ?? 0).toISOString().slice(0, 16).replace('T', ' ');
  const when = records.length === 1 ? `last used ${last}` : `none used since ${last}`;
  return (
    `The store had outgrown its limit of ${formatBytes(bytesMax)}: ` +
    `${results} used longest ago went (${formatBytes(bytes)}, ${when} UTC).`
  );
}

function tooSmallText({ bytesMax, kept }: Trimmed): string {
  return (
    `The store is larger than its limit of ${formatBytes(bytesMax)}: ` +
    `what pipelines need now takes ${formatBytes(kept.needed.bytes)} and is kept. ` +
    'Set a larger "max_size" under "cache" in .wranglerrc.yaml.'
  );
}
