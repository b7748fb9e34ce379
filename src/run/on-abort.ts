/** What is to happen when a signal fires, of many attempts one after the other. Knows nothing of what that is. */

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `act` when the signal fires; not if it has fired before. What is returned takes that back. One listener of the
 * signal's own serves all: to add one and to take it away again takes longer than to look at a file.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  let acts = waiting.get(signal);
  if (!acts) {
    const all = new Set<() => void>();
    signal.addEventListener('abort', () => {
      for (const one of all) one();
    });
    waiting.set(signal, all);
    acts = all;
  }
  acts.add(act);
  return () => acts.delete(act);
}
