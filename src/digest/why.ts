/** What is different between two sets of parts: the same data that decided, so the answer cannot drift from it. */
import type { FingerprintEntry } from '../model/fingerprint.ts';
import type { Cause } from '../model/plan.ts';

/** In the order of the entries, then what was removed. Of a list that grew or shrank the order is not spoken of. */
export function compareEntries(before: readonly FingerprintEntry[], after: readonly FingerprintEntry[]): Cause[] {
  const key = (entry: FingerprintEntry) => `${entry.part} ${entry.name}`;
  const old = new Map(before.map((entry) => [key(entry), entry]));
  const causes: Cause[] = [];
  for (const entry of after) {
    const was = old.get(key(entry));
    old.delete(key(entry));
    if (was?.value === entry.value) continue;
    causes.push({
      part: entry.part,
      change: was ? 'changed' : 'added',
      name: entry.name,
      before: was && shownValue(was),
      after: shownValue(entry),
    });
  }
  for (const gone of old.values()) {
    causes.push({ part: gone.part, change: 'removed', name: gone.name, before: shownValue(gone), after: undefined });
  }
  return causes.filter((cause) => !isSaidByOthers(cause, causes));
}

function shownValue({ label, value }: FingerprintEntry): string {
  return label === undefined ? value : `${label} ${value}`;
}

/** The order of a port's paths differs whenever one comes or goes, and that is said already. */
function isSaidByOthers({ part, name }: Cause, causes: readonly Cause[]): boolean {
  if (part !== 'input' || !name.endsWith(ORDER)) return false;
  const paths = `${name.slice(0, -ORDER.length)}: `;
  return causes.some((other) => other.part === 'input' && other.change !== 'changed' && other.name.startsWith(paths));
}

const ORDER = ' (order)';
