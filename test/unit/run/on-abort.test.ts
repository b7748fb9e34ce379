// What is to happen when a signal fires: once for each who asked, and not for those who took it back.
import { expect, test } from 'vitest';
import { onAbort } from '../../../src/run/on-abort.ts';

test('all who asked are called once, but for those who took it back', () => {
  const stop = new AbortController();
  const called: string[] = [];
  onAbort(stop.signal, () => called.push('first'));
  const takeBack = onAbort(stop.signal, () => called.push('second'));
  onAbort(stop.signal, () => called.push('third'));
  onAbort(new AbortController().signal, () => called.push('of another signal'));
  takeBack();
  stop.abort();
  onAbort(stop.signal, () => called.push('too late'));
  expect(called).toEqual(['first', 'third']);
});
