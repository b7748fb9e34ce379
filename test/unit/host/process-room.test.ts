// Room for processes under a limit of open files.
import { expect, test } from 'vitest';
import { ProcessRoom } from '../../../src/host/process-room.ts';

test('as many as there are descriptors for, less those of the build, and at least one', () => {
  const room = new ProcessRoom(46);
  const [a, b, c] = [{}, {}, {}];
  expect([a, b, c].map((process) => room.enter(process))).toEqual([true, true, false]);
  room.leave(a);
  expect(room.enter(c)).toBe(true);
  const tiny = new ProcessRoom(20);
  expect([tiny.enter(a), tiny.enter(b)]).toEqual([true, false]);
});

test('who waits is woken once, by an end and not by a start that failed', () => {
  const room = new ProcessRoom(43);
  const [a, b] = [{}, {}];
  let wakes = 0;
  room.enter(a);
  expect(room.isUsed).toBe(true);
  room.whenSomebodyLeaves(() => wakes++);
  room.giveBack(a);
  expect([wakes, room.isUsed]).toEqual([0, false]);
  room.enter(b);
  room.leave(b);
  room.leave(b);
  expect([wakes, room.isUsed]).toEqual([1, false]);
});
