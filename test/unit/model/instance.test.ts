import { expect, test } from 'vitest';
import { declaredId, instanceId, isInstanceId } from '../../../src/model/instance.ts';

test('an id is the stage and its keys, with what is not safe in a name encoded byte by byte', () => {
  expect(instanceId('parse', ['PMA'])).toBe('parse@PMA');
  expect(instanceId('fit', ['eu west', 'é'])).toBe('fit@eu%20west,%C3%A9');
  expect(instanceId('page', ['../a/b'])).toBe('page@..%2Fa%2Fb');
});

test('keys that differ give ids that differ, whatever is in them', () => {
  expect(instanceId('a', ['x,y'])).not.toBe(instanceId('a', ['x', 'y']));
  expect(instanceId('a', ['%2F'])).not.toBe(instanceId('a', ['/']));
});

test('a long key is cut and told apart by a hash', () => {
  const long = 'https://example.org/'.padEnd(500, 'x');
  const id = instanceId('page', [long]);
  expect(id).toHaveLength('page@'.length + 120);
  expect(id).toMatch(/^page@https%3A%2F%2Fexample\.org%2Fx+~[0-9a-f]{16}$/);
  expect(instanceId('page', [`${long}y`])).not.toBe(id);
  // No half of an encoded byte is left.
  expect(instanceId('page', ['é'.repeat(100)])).toMatch(/^page@(%C3%A9)+(%C3)?~[0-9a-f]{16}$/);
});

test('the stage of an instance is what stands before the sign', () => {
  expect(declaredId('parse@PMA')).toBe('parse');
  expect(declaredId('parse')).toBe('parse');
  expect([isInstanceId('parse@'), isInstanceId('parse')]).toEqual([true, false]);
});
