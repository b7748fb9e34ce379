// `fallback` as it is read: what a strategy has of its own, what is the stage's, and every mistake in one.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { expect, test } from 'vitest';
import type { Json } from '../../../src/util/canonical-json.ts';
import { loadJson, stageOf, stageType } from './support.ts';

const load = (fallback: Json, more: { [key: string]: Json } = {}) =>
  loadJson(
    {
      params: { on: true },
      defaults: { timeout: '10m', env: { A: 'default', B: 'default' } },
      stages: {
        other: { run: 'x', outputs: { o: 'other.json' }, metrics: { n: 'o#/n' } },
        s: {
          run: 'model ${{ outputs.a }}',
          env: { B: 'stage', C: 'stage' },
          retry: { max: 5, on: ['timeout'] },
          exit_codes: { 75: 'retryable' },
          inputs: { i: 'in.csv' },
          outputs: { a: 'a.csv', b: 'b.csv' },
          fallback,
          ...more,
        },
      },
    },
    { types: [stageType(), stageType({ name: 'tabular/any', inputs: {}, outputs: {} })] },
  );

const strategiesOf = (fallback: Json, more?: { [key: string]: Json }) => stageOf(load(fallback, more), 's').fallback;

test('what a strategy does not say is the stage’s; what it writes in place is its own', () => {
  expect(
    strategiesOf([{ run: 'x ${{ outputs.b }}' }, { name: 'y', run: ['y'], env: { C: 'own' }, retry: { max: 1 } }]),
  ).toMatchInlineSnapshot(`
      [
        {
          "action": {
            "command": [
              "x ",
              {
                "expr": "outputs.b",
                "quote": "bare",
              },
            ],
            "kind": "shell",
            "shell": "bash",
          },
          "env": {
            "A": [
              "default",
            ],
            "B": [
              "stage",
            ],
            "C": [
              "stage",
            ],
          },
          "exit_codes": {
            "75": "retryable",
          },
          "in_place": [
            "a",
          ],
          "name": "fallback-1",
          "retry": {
            "backoff": {
              "base_ms": 1000,
              "max_ms": 300000,
              "multiplier": 5,
            },
            "max": 5,
            "on": [
              "timeout",
            ],
          },
          "timeout_ms": 600000,
        },
        {
          "action": {
            "argv": [
              [
                "y",
              ],
            ],
            "kind": "argv",
          },
          "env": {
            "A": [
              "default",
            ],
            "B": [
              "stage",
            ],
            "C": [
              "own",
            ],
          },
          "exit_codes": {
            "75": "retryable",
          },
          "in_place": [
            "a",
            "b",
          ],
          "name": "y",
          "retry": {
            "backoff": {
              "base_ms": 1000,
              "max_ms": 300000,
              "multiplier": 5,
            },
            "max": 1,
            "on": [
              "timeout",
            ],
          },
          "timeout_ms": 600000,
        },
      ]
    `);
  expect(stageOf(load([{ run: 'x' }]), 's').outputs.map(({ name, in_place }) => [name, in_place])).toEqual([
    ['a', false],
    ['b', true],
  ]);
});

test('an output of another stage that only a strategy speaks of is an input', () => {
  const { inputs } = stageOf(load([{ run: 'x ${{ stages.other.outputs.o }}' }]), 's');
  expect(inputs.map(({ name }) => name)).toEqual(['i', 'stages.other.outputs.o']);
});

test('results are shared between machines only when no strategy minds', () => {
  const ports = {
    run: undefined as never,
    uses: 'tabular/profile',
    inputs: { data: 'd.csv' },
    outputs: { profile: 'p' },
  };
  const platformOf = (fallback: Json) => stageOf(load(fallback, ports), 's').platform;
  expect(platformOf([{ uses: 'tabular/profile' }])).toBe('any');
  expect(platformOf([{ run: 'x' }])).toBe('native');
});

test('mistakes', () => {
  const wrong: readonly Json[] = [
    [],
    { run: 'x' },
    [{}],
    [{ run: 'x', uses: 'tabular/profile' }],
    [{ run: 'x', needs: 'other' }],
    [{ run: 'x ${{ outputs.c }}' }],
    [{ run: 'x', when: 'params.off' }],
    [{ run: 'x', when: 'stages.other.metrics.m > 1' }],
    [
      { run: 'x', name: 'one' },
      { run: 'x', name: 'one' },
    ],
    [{ run: 'x', name: 'fallback-2' }, { run: 'x' }],
    [{ run: 'x', name: 'primary' }],
    [{ run: 'x', name: 'a b' }],
    [{ uses: 'tabular/profil' }],
    [{ uses: 'tabular/any' }],
  ];
  const told = wrong.map((fallback) => {
    const mistakes = load(fallback).diagnostics.map(({ code, message, help = '' }) =>
      `${code}: ${message} ${help}`.trimEnd(),
    );
    return [JSON.stringify(fallback), ...mistakes].join('\n  ');
  });
  expect(told.join('\n')).toMatchInlineSnapshot(`
    "[]
      invalid-value: "fallback" must not be empty.
    {"run":"x"}
      wrong-type: "fallback" must be a list, not a mapping.
    [{}]
      missing-key: A strategy needs the key "run". Or "uses", with a stage type.
    [{"run":"x","uses":"tabular/profile"}]
      conflicting-keys: "uses" and "run" do not go together: a stage has a stage type or a command of its own.
    [{"run":"x","needs":"other"}]
      unknown-key: "needs" is not a key of a strategy. It has "name", "when", "uses", "with", "run", "shell", "env", "timeout", "retry", "vote" and "exit_codes".
    [{"run":"x \${{ outputs.c }}"}]
      unknown-reference: This stage has no output "c". Did you mean "a"?
    [{"run":"x","when":"params.off"}]
      unknown-reference: There is no param "off".
    [{"run":"x","when":"stages.other.metrics.m > 1"}]
      unknown-reference: Stage "other" has no metric "m". Did you mean "n"?
    [{"run":"x","name":"one"},{"run":"x","name":"one"}]
      same-strategy: There are two strategies with the name "one". Give each "name" once.
    [{"run":"x","name":"fallback-2"},{"run":"x"}]
      same-strategy: There are two strategies with the name "fallback-2". Give each "name" once.
    [{"run":"x","name":"primary"}]
      same-strategy: "primary" is the name of what the stage itself does. Give each "name" once.
    [{"run":"x","name":"a b"}]
      invalid-name: "a b" cannot be the name of a strategy. A name has letters, digits, "_", "-" and ".", and begins with a letter, a digit or "_".
    [{"uses":"tabular/profil"}]
      unknown-stage-type: There is no stage type "tabular/profil". Did you mean "tabular/profile"?
    [{"uses":"tabular/any"}]
      unknown-port: The stage type "tabular/any" has no input "i". It has no inputs.
      unknown-port: The stage type "tabular/any" has no output "a". It has no outputs.
      unknown-port: The stage type "tabular/any" has no output "b". It has no outputs."
  `);
});
