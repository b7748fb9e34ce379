// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
// What a stage writes against what its consumer takes, said by their schemas before anything runs.
import { describe, expect, test } from 'vitest';
import type { StageSpec } from '../support/engine-project.ts';
import { EngineProject } from '../support/engine-project.ts';

const SHAPES = {
  row: {
    type: 'object',
    required: ['id'],
    properties: { id: { type: 'integer' }, colour: {} },
    additionalProperties: false,
  },
  text: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
  color: { type: 'object', required: ['color'] },
  truth: { type: 'object', required: ['id'], properties: { id: { type: 'boolean' } } },
};

/** `shop/make` writes rows; the others read what their names say. */
function project(stages: Record<string, StageSpec>): EngineProject {
  const made = new EngineProject();
  const run = { node: './dist/x.js' };
  const reads = (schema: string) => ({ run, inputs: { '*': { schema } }, outputs: { o: {} } });
  const types = {
    make: { run, outputs: { '*': { schema: 'row.json' } } },
    text: reads('text.json'),
    color: reads('color.json'),
    truth: reads('truth.json'),
  };
  made.write({
    '.wranglerrc.yaml': 'version: 1\nplugins: { shop: ./shop }\n',
    'shop/package.json': JSON.stringify({
      name: 'shop',
      version: '1.0.0',
      wrangle: { manifest: './wrangle.plugin.json' },
    }),
    'shop/wrangle.plugin.json': JSON.stringify({ protocol: 1, name: 'shop', stages: types }),
    'shop/dist/x.js': '',
    ...Object.fromEntries(
      Object.entries(SHAPES).map(([name, schema]) => [`shop/${name}.json`, JSON.stringify(schema)]),
    ),
    'list.json': '[1, 2]',
  });
  made.pipeline(stages);
  return made;
}

async function told(stages: Record<string, StageSpec>): Promise<string[]> {
  const made = project(stages);
  const { report } = await made.build();
  if (report.status !== 'invalid') return [];
  return report.mistakes.diagnostics.map(({ code, message, help }) => `${code}: ${message} ${help}`);
}

const HELP = 'The schema of the input is in the manifest of its plugin.';

describe('a mistake is told', () => {
  test('of two stage types, with the key that was meant', async () => {
    expect(
      await told({
        a: { uses: 'shop/make', outputs: { o: 'a.json' } },
        b: { uses: 'shop/text', inputs: { d: 'a.json' }, outputs: { o: 'b' } },
        c: { uses: 'shop/color', inputs: { d: 'a.json' }, outputs: { o: 'c' } },
      }),
    ).toEqual([
      `schema-mismatch: What stage "a" writes to "a.json" never fits the input "d" of "shop/text": /id is a whole number, and must be text. ${HELP}`,
      'schema-mismatch: What stage "a" writes to "a.json" never fits the input "d" of "shop/color": it needs the key "color", which is never there. Did you mean "colour"?',
    ]);
  });

  test('of an output with a contract, which counts before that of its stage type', async () => {
    const expected = { type: 'array' };
    expect(
      await told({
        a: { run: 'x > ${{ outputs.o }}', outputs: { o: { path: 'a.json', expect: { schema: expected } } } },
        b: { uses: 'shop/text', inputs: { d: 'a.json' }, outputs: { o: 'b' } },
      }),
    ).toEqual([
      `schema-mismatch: What stage "a" writes to "a.json" never fits the input "d" of "shop/text": it is a list, and must be a mapping. ${HELP}`,
    ]);
  });

  test('of what instances make, and what a glob finds, once', async () => {
    const stages = {
      a: { uses: 'shop/make', matrix: { n: [1, 2] }, outputs: { o: 'a/${{ matrix.n }}.jsonl' } },
      b: { uses: 'shop/text', inputs: { d: 'a/1.jsonl' }, outputs: { o: 'b' } },
    };
    expect(await told(stages)).toHaveLength(1);
    const items = { uses: 'shop/make', foreach: { in: 'list.json' }, outputs: { o: 'a/${{ item }}.jsonl' } };
    const gathers = { uses: 'shop/text', inputs: { d: '${{ stages.a.outputs.o }}' }, outputs: { o: 'b' } };
    expect((await told({ a: items, b: gathers })).filter((one) => one.startsWith('schema-mismatch'))).toHaveLength(1);
  });

  test('of cells that are read as different values', async () => {
    expect(
      await told({
        a: { uses: 'shop/make', outputs: { o: 'a.csv' } },
        b: { uses: 'shop/truth', inputs: { d: 'a.csv' }, outputs: { o: 'b' } },
        c: { uses: 'shop/color', inputs: { d: 'a.csv' }, outputs: { o: 'c' } },
      }),
    ).toEqual([
      `schema-mismatch: What stage "a" writes to "a.csv" never fits the input "d" of "shop/truth": /id is a whole number, and must be true or false. ${HELP}`,
      'schema-mismatch: What stage "a" writes to "a.csv" never fits the input "d" of "shop/color": it needs the key "color", which is never there. Did you mean "colour"?',
    ]);
  });
});

test.each([
  ['a cell is a number for one and a text for the other', { o: 'a.csv' }, 'a.csv'],
  ['the file lies in a folder that is made', { o: 'a/' }, 'a/x.json'],
])('nothing is told when %s', async (_, outputs, input) => {
  const make = { run: 'x ${{ outputs.o }}', outputs };
  expect(
    await told({
      a: input === 'a.csv' ? { uses: 'shop/make', outputs } : make,
      b: { uses: 'shop/text', inputs: { d: input }, outputs: { o: 'b' } },
    }),
  ).toEqual([]);
});
