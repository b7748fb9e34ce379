// Who may take items in batches.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { expect, test } from 'vitest';
import type { Json } from '../../../src/util/canonical-json.ts';
import { found, loadJson, stageType } from './support.ts';

const mistakes = (batch: Json, stage: { [key: string]: Json }, types = [stageType()]) =>
  found(loadJson({ stages: { s: { foreach: { in: 'list.json', key: 'item.id', batch }, ...stage } } }, { types })).map(
    (line) => line.replace(/^\S+ /, ''),
  );

const COMMAND = { run: 'x ${{ item.id }}', outputs: { o: 'out/${{ item.id }}' } };
const TYPE = { uses: 'tabular/profile', inputs: { data: 'd' }, outputs: { profile: 'out/${{ item.id }}' } };

test.each([
  [1, COMMAND, []],
  [2, COMMAND, ['batch-unsupported']],
  [1, TYPE, []],
  [50, TYPE, ['batch-unsupported']],
  [50, { ...TYPE, uses: 'tabular/none' }, ['unknown-stage-type']],
])('%j of %j: %j', (batch, stage, expected) => {
  expect(mistakes(batch, stage)).toEqual(expected);
});

test('a type that takes batches gets them', () => {
  expect(mistakes(50, TYPE, [stageType({ batch: true })])).toEqual([]);
});
