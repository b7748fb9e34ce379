// What `plugin test` finds: a stage type that does all that pipelines rely on, and others that each do one thing wrong.
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { printDiagnostics } from '../../src/diagnostics/print.ts';
import { testPlugin } from '../../src/engine/conformance.ts';
import type { EnginePorts } from '../../src/engine/ports.ts';
import { createWorkspace } from '../../src/engine/workspace.ts';
import type { ConformanceCheck } from '../../src/model/conformance.ts';
import type { StageRequest } from '../../src/plugin/protocol.ts';
import { conformanceLines, conformanceVerdict } from '../../src/report/conformance-text.ts';
import { PLAIN } from '../../src/report/style.ts';
import { EngineProject, requestOf } from '../support/engine-project.ts';
import type { FakeProcess, FakeRequest } from '../support/fake-command-runner.ts';

const MANIFEST = {
  protocol: 1,
  name: 'loud',
  stages: {
    shout: {
      run: { node: './src/shout.js' },
      params: { type: 'object', properties: { mark: { type: 'string', default: '!' } } },
      inputs: { text: {} },
      outputs: { loud: { schema: './loud.schema.json' } },
    },
  },
};

const FILES = {
  'package.json': JSON.stringify({
    name: 'wrangle-plugin-loud',
    version: '1.2.3',
    keywords: ['wrangle-plugin'],
    wrangle: { manifest: './wrangle.plugin.json' },
  }),
  'wrangle.plugin.json': JSON.stringify(MANIFEST),
  'loud.schema.json': '{ "type": "string" }',
  'src/shout.js': '// The test says what it does.',
  'examples/shout.yaml': `version: 1
stages:
  shout:
    uses: loud/shout
    inputs: { text: in.txt }
    outputs: { loud: made/out.json }
`,
  'examples/in.txt': 'hey',
  'examples/expected/made/out.json': '"HEY!"',
};

interface Work {
  readonly project: EngineProject;
  readonly process: FakeProcess;
  readonly request: StageRequest;
  readonly input: string;
  readonly output: string;
}

/** Reads, writes, says that it ended well, and ends. */
function shout({ project, process, request, input, output }: Work): void {
  const { fs } = project;
  const text = fs.readText(input);
  // As a program that stops at its first error.
  if (text === undefined || fs.stat(output)?.type === 'folder') {
    process.exit(1);
    return;
  }
  fs.writeFile(output, JSON.stringify(`${text.toUpperCase()}${request.params['mark']}`));
  sayOk({ project, process });
}

function sayOk({ project, process }: Pick<Work, 'project' | 'process'>): void {
  const path = process.spec.env['WRANGLE_RESULT'];
  if (path !== undefined) project.fs.writeFile(path, '{ "protocol": 1, "status": "ok" }');
  process.succeed();
}

async function tryPlugin(
  behave: (work: Work) => void | Promise<void> = shout,
  files: Readonly<Record<string, string>> = {},
  changed: (project: EngineProject) => Partial<EnginePorts> = () => ({}),
  told: { readonly signal?: AbortSignal; readonly onCheck?: (check: ConformanceCheck) => void } = {},
) {
  const project = new EngineProject();
  for (const [path, text] of Object.entries({ ...FILES, ...files })) project.fs.write({ [`/loud/${path}`]: text });
  project.fs.makeFolder('/scratch');
  project.runner.onStart((process) => {
    // It was stopped before it could do anything.
    if (!process.isRunning) return;
    const request = requestOf(process);
    const output = request.outputs['loud'] as { path: string } | undefined;
    return behave({
      project,
      process,
      request,
      input: request.inputs['text']?.[0]?.path ?? '',
      output: output?.path ?? '',
    });
  });
  const ports = { ...project.ports(), ...changed(project) };
  const before = JSON.stringify(project.fs.tree('/loud'));
  const checks: ConformanceCheck[] = [];
  const report = await testPlugin({
    ports,
    openWorkspace: createWorkspace,
    dir: '/loud',
    scratch: '/scratch',
    signal: told.signal ?? new AbortController().signal,
    onCheck: (check) => {
      checks.push(check);
      told.onCheck?.(check);
    },
  });
  expect(JSON.stringify(project.fs.tree('/loud'))).toBe(before);
  return { report, checks };
}

/** Only then does anybody wait for the clock. */
function mayBeStopped({ project, process }: Work): boolean {
  return process.spec.logPath.startsWith('/scratch/attempts') && project.clock.sleepers > 0;
}

/** The checks that did not pass, with their reasons. */
function wrong(checks: readonly ConformanceCheck[]): Record<string, string> {
  return Object.fromEntries(
    checks.flatMap(({ check, outcome, reason }) => (outcome === 'passed' ? [] : [[check, `${outcome}: ${reason}`]])),
  );
}

test('a stage type that does all of it passes, in plain sentences', async () => {
  const { checks } = await tryPlugin();
  const lines = checks.flatMap((check, at) => conformanceLines(check, checks[at - 1], PLAIN));
  expect([...lines, '', conformanceVerdict('loud 1.2.3', checks, PLAIN)].join('\n')).toBe(`the package
  ok       Its manifest can be read, and what it names is there.
  ok       Its package.json has the keyword "wrangle-plugin".
  ok       A pipeline in examples/ uses every stage type.
  ok       Every file in examples/expected/ is one that an example makes.

shout.yaml: shout (loud/shout)
  ok       wrangle builds it, and what it makes fits the schemas of its manifest.
  ok       It makes what is in examples/expected/.
  ok       Built again, it is fresh.
  ok       Run twice, it makes the same.
  ok       It passes over fields of the request that it does not know.
  ok       It copes with names of files that have spaces, quotes, line breaks or a "-" in front.
  ok       It only reads its inputs.
  ok       Nothing depends on who reads what it prints.
  ok       Where an input is missing, it fails.
  ok       Where an output cannot be written, it fails.
  ok       Told to stop, it ends soon, and says of nothing half that it is whole.
  ok       It writes nothing but its outputs.

loud 1.2.3: 16 passed.`);
});

const NOT_BUILT = {
  expected: 'skipped: It made nothing.',
  fresh: 'skipped: It was not built.',
  alike: 'skipped: It was not built.',
  tidy: 'skipped: It was not built.',
  'unknown-field': 'skipped: It was not built.',
  'odd-names': 'skipped: It was not built.',
  'read-only': 'skipped: It was not built.',
  printing: 'skipped: It was not built.',
  'missing-input': 'skipped: It was not built.',
  'blocked-output': 'skipped: It was not built.',
  stop: 'skipped: It was not built.',
};

describe('what is wrong is found, and nothing else', () => {
  const cases: Readonly<Record<string, readonly [(work: Work) => void | Promise<void>, Record<string, string>]>> = {
    'it says why it fails': [
      ({ process }) => void process.prints('no shout today\n').exit(3),
      {
        builds: 'failed: It ended with exit code 3. It printed: no shout today',
        ...NOT_BUILT,
      },
    ],
    'its output depends on where it runs': [
      (work) => shout({ ...work, request: { ...work.request, params: { mark: work.output } } }),
      {
        expected: 'failed: "made/out.json" differs from "examples/expected/made/out.json".',
        alike: 'failed: The output "loud" differs, although what it was made from is the same.',
        'unknown-field': 'failed: The output "loud" differs, although what it was made from is the same.',
        'read-only': 'failed: The output "loud" differs, although what it was made from is the same.',
        printing: 'failed: The output "loud" differs, although what it was made from is the same.',
        stop: 'failed: Stopped, it says that it ended well, and its outputs are not those of a whole run.',
      },
    ],
    'it does not keep to its schema': [
      (work) => {
        work.project.fs.writeFile(work.output, '{}');
        sayOk(work);
      },
      {
        builds: 'failed: Its output "made/out.json" breaks its contract: must be text, not a mapping.',
        ...NOT_BUILT,
      },
    ],
    'it leaves something beside its output': [
      (work) => {
        work.project.fs.writeFile(`${work.output}.tmp`, '');
        shout(work);
      },
      { tidy: 'failed: It left "out.json.tmp" beside "out.json".' },
    ],
    'it leaves the same in the workspace each time': [
      (work) => {
        work.project.fs.writeFile(`${work.process.spec.cwd}/junk.txt`, 'x');
        shout(work);
      },
      { tidy: 'failed: It wrote into the workspace.' },
    ],
    'it throws': [
      ({ process }) => {
        const frames = '    at f (file:///p/a.js:3:25)\n    at JSON.parse (<anonymous>)\n';
        process.prints(`SyntaxError: Unexpected end\n${frames}\nNode.js v20.20.2\n`).exit(1);
      },
      {
        builds: 'failed: It ended with exit code 1. It printed: SyntaxError: Unexpected end',
        ...NOT_BUILT,
      },
    ],
    'it stumbles over what it does not know': [
      (work) => ('later' in work.request ? work.process.exit(1) : shout(work)),
      { 'unknown-field': 'failed: It ended with exit code 1.' },
    ],
    'it does not quote': [
      (work) => shout({ ...work, input: work.input.split(/\s/)[0] ?? '' }),
      { 'odd-names': 'failed: It ended with exit code 1.' },
    ],
    'it writes to its input': [
      (work) => {
        shout(work);
        const text = work.project.fs.readText(work.input);
        if (text !== undefined && posix.dirname(work.input).startsWith('/scratch/attempts')) {
          work.project.fs.remove(work.input);
          work.project.fs.writeFile(work.input, `${text}.`);
        }
      },
      { 'read-only': 'failed: It changed "in.txt".' },
    ],
    'it wants to be read': [
      (work) => (work.process.spec.argv[0] === '/bin/sh' ? work.process.exit(141) : shout(work)),
      { printing: 'failed: It ended with exit code 141.' },
    ],
    'it takes errors for success': [
      (work) => {
        try {
          work.project.fs.writeFile(
            work.output,
            JSON.stringify(`${work.project.fs.readText(work.input)?.toUpperCase()}!`),
          );
        } catch {
          // Goes on.
        }
        sayOk(work);
      },
      {
        'missing-input': 'failed: It says that it ended well, although there is nothing at its input "text".',
        'blocked-output': 'failed: It says that it ended well, although its output "loud" could not be written.',
      },
    ],
    'it does not stop': [
      async (work) => {
        const { clock } = work.project;
        if (!mayBeStopped(work)) return shout(work);
        work.process.ignoresCancel = true;
        await clock.advance(1);
        await clock.advance(5000);
        work.process.cancel(true);
      },
      { stop: 'failed: It went on for 5 seconds after it was told to, and had to be killed.' },
    ],
    'it says that half is whole': [
      async (work) => {
        if (!mayBeStopped(work)) return shout(work);
        work.project.fs.writeFile(work.output, '"HE');
        sayOk(work);
      },
      {
        stop: 'failed: Stopped, it says that it ended well, and its outputs are not those of a whole run.',
      },
    ],
  };

  for (const [name, [behave, expected]] of Object.entries(cases)) {
    test(name, async () => {
      const { checks } = await tryPlugin(behave);
      expect(wrong(checks)).toEqual(expected);
    });
  }
});

describe('batches', () => {
  const files = {
    'wrangle.plugin.json': JSON.stringify({
      ...MANIFEST,
      stages: { shout: { ...MANIFEST.stages.shout, batch: true } },
    }),
  };

  /** Does each item of a batch by itself, and tells of it; `mark` is what it adds to the second. */
  function shoutAll(work: Work, { mark = '', stopsAtFirst = false, isSilent = false } = {}): void {
    const { project, process, request } = work;
    const { fs } = project;
    if (!request.items) {
      shout(work);
      return;
    }
    for (const [at, { key, params, inputs, outputs }] of request.items.entries()) {
      const text = fs.readText(inputs['text']?.[0]?.path ?? '');
      const output = (outputs['loud'] as { path: string }).path;
      const error = { code: 'no-text', category: 'critical', message: 'There is no text.' };
      if (text === undefined && stopsAtFirst) {
        process.exit(1);
        return;
      }
      if (text !== undefined) {
        fs.writeFile(output, JSON.stringify(`${text.toUpperCase()}${params['mark']}${at === 1 ? mark : ''}`));
      }
      const result = { type: 'item', key, ...(text === undefined ? { status: 'failed', error } : { status: 'ok' }) };
      if (!isSilent) fs.appendFile(request.events, `${JSON.stringify(result)}\n`);
    }
    sayOk(work);
  }

  const ofBatches = async (behave: (work: Work) => void) =>
    Object.fromEntries(
      (await tryPlugin(behave, files)).checks
        .filter(({ check }) => check.startsWith('batch'))
        .map(({ check, outcome, reason }) => [check, reason === null ? outcome : `${outcome}: ${reason}`]),
    );

  test.each<[string, (work: Work) => void, Record<string, string>]>([
    ['whose items are told of one by one', (work) => shoutAll(work), { batch: 'passed', 'batch-apart': 'passed' }],
    [
      'nobody knows of',
      (work) => (work.request.items ? work.process.exit(1) : shout(work)),
      {
        batch: 'failed: It gave no result for the first item of two. It ended with exit code 1.',
        'batch-apart': 'failed: It gave no result for the second item of two. It ended with exit code 1.',
      },
    ],
    [
      'whose items are done and not told of',
      (work) => shoutAll(work, { isSilent: true }),
      {
        batch: 'failed: It gave no result for the first item of two.',
        'batch-apart': 'failed: It gave no result for the second item of two.',
      },
    ],
    [
      'whose items are not what they are alone',
      (work) => shoutAll(work, { mark: '?' }),
      {
        batch: 'failed: The output "loud" differs, although what it was made from is the same.',
        'batch-apart': 'failed: The output "loud" differs, although what it was made from is the same.',
      },
    ],
    [
      'that end with the first item that fails',
      (work) => shoutAll(work, { stopsAtFirst: true }),
      {
        batch: 'passed',
        'batch-apart': 'failed: It gave no result for the second item of two. It ended with exit code 1.',
      },
    ],
  ])('%s', async (_, behave, expected) => {
    expect(await ofBatches(behave)).toEqual(expected);
  });
});

describe('workers', () => {
  const files = {
    'wrangle.plugin.json': JSON.stringify({
      ...MANIFEST,
      stages: { shout: { ...MANIFEST.stages.shout, worker: true } },
    }),
  };

  /** A pool whose workers have the process ids that `pidOf` gives, and take `endMs` to end. */
  function pool(pidOf: (request: number) => number, endMs = 0): (project: EngineProject) => Partial<EnginePorts> {
    return (project) => ({
      createWorkers: () => {
        let count = 0;
        return Promise.resolve({
          start: (request) => {
            const fake = project.runner.workers.start(request);
            return { pid: pidOf(++count), ended: fake.ended, cancel: (force) => fake.cancel(force) };
          },
          rest: () => [],
          close: async () => {
            await project.clock.advance(endMs);
            return [];
          },
        });
      },
    });
  }

  test('that stay, answer and end pass', async () => {
    const { checks } = await tryPlugin(
      shout,
      files,
      pool(() => 7),
    );
    expect(wrong(checks)).toEqual({});
    expect(checks.slice(-4).map(({ check }) => check)).toEqual([
      'worker-ready',
      'worker-stays',
      'worker-cancel',
      'worker-end',
    ]);
  });

  test('that are gone after each request, and do not end by themselves, are found', async () => {
    const { checks } = await tryPlugin(
      shout,
      files,
      pool((request) => request, 2000),
    );
    expect(wrong(checks)).toEqual({
      'worker-stays': 'failed: It was gone after its first request.',
      'worker-cancel': 'failed: It was gone after it was cancelled.',
      'worker-end': 'failed: Two seconds after its channel was closed it had to be killed.',
    });
  });

  test('that are in the middle of a check are given no other request once all is to stop', async () => {
    const stop = new AbortController();
    let isNear = false;
    const after: string[] = [];
    const { report } = await tryPlugin(
      (work) => {
        if (stop.signal.aborted) after.push(work.output);
        if (isNear) stop.abort();
        else shout(work);
      },
      files,
      pool(() => 7),
      {
        signal: stop.signal,
        onCheck: ({ check }) => {
          if (check === 'worker-stays') isNear = true;
        },
      },
    );
    expect(report).toEqual({ status: 'interrupted' });
    expect(after).toEqual([]);
  });

  test('that break the protocol are told what wrangle tells of them', async () => {
    const message = 'The plugin\'s worker broke the protocol. An answer has no "id".';
    const fault = { code: 'worker-protocol', message } as const;
    const { checks } = await tryPlugin(
      ({ process }) => (process as FakeRequest).fault(fault),
      files,
      pool(() => 7),
    );
    expect(wrong(checks)).toMatchObject({ builds: `failed: ${message}`, 'worker-ready': 'skipped: It was not built.' });
  });
});

test('folders, lists and answers are given again as they were', async () => {
  const { checks } = await tryPlugin(
    ({ project, process, request }) => {
      const { fs } = project;
      if (request.answers?.['sure'] !== true) {
        process.exit(42);
        return;
      }
      const texts = (request.inputs['parts'] ?? []).map(({ path }) => fs.readText(path));
      const { path } = request.outputs['all'] as { path: string };
      if (texts.includes(undefined) || fs.stat(path)?.type !== 'folder') {
        process.exit(1);
        return;
      }
      fs.writeFile(`${path}/joined.txt`, texts.join('+'));
      for (const output of request.outputs['each'] as { path: string }[]) fs.writeFile(output.path, texts.join('-'));
      sayOk({ project, process });
    },
    {
      'wrangle.plugin.json': JSON.stringify({
        protocol: 1,
        name: 'loud',
        stages: {
          join: {
            run: { node: './src/shout.js' },
            inputs: { parts: { many: true } },
            outputs: { all: { kind: 'folder' }, each: { many: true } },
          },
        },
      }),
      'examples/shout.yaml': `version: 1
stages:
  first:
    uses: loud/join
    inputs: { parts: [in.txt, other.txt] }
    outputs: { all: made/all/, each: [made/1, made/2] }
`,
      'examples/other.txt': 'you',
      'examples/answers/first.json': '{ "sure": true }',
      'examples/expected/made/out.json': 'left over',
      'examples/expected/made/all/joined.txt': 'hey+you',
      'examples/expected/made/2': 'hey-you',
    },
  );
  expect(wrong(checks)).toEqual({ 'expected-files': 'failed: None makes "made/out.json".' });
});

test('an input that is a link, or a program, is one again when it is given elsewhere', async () => {
  const { checks } = await tryPlugin(
    (work) => {
      const isProgram = ((work.project.fs.stat(work.input)?.mode ?? 0) & 0o100) !== 0;
      if (isProgram) shout(work);
      else work.process.exit(1);
    },
    {},
    ({ fs }) => {
      fs.rename('/loud/examples/in.txt', '/loud/examples/real.txt');
      fs.chmod('/loud/examples/real.txt', 0o755);
      fs.makeLink('real.txt', '/loud/examples/in.txt');
      return {};
    },
  );
  expect(wrong(checks)).toEqual({});
});

test('a package without keyword or examples says what is missing', async () => {
  const { checks } = await tryPlugin(shout, {
    'package.json': JSON.stringify({ name: 'x', wrangle: { manifest: './wrangle.plugin.json' } }),
    'examples/shout.yaml': 'version: 1\nstages: {}\n',
  });
  expect(wrong(checks)).toEqual({
    keyword: 'failed: Without "keywords": ["wrangle-plugin"] nobody finds it.',
    examples: 'failed: None uses "loud/shout".',
    'expected-files': 'failed: None makes "made/out.json".',
  });
});

test('mistakes in a manifest or an example are shown where they are, and nothing runs', async () => {
  const { report, checks } = await tryPlugin(shout, {
    'examples/shout.yaml': (FILES['examples/shout.yaml'] ?? '').replace('text: in', 'txt: in'),
  });
  if (report.status !== 'invalid') throw new Error(report.status);
  const { diagnostics, texts } = report.mistakes;
  expect(
    printDiagnostics(diagnostics, texts, { color: false, width: undefined }),
  ).toBe(`examples/shout.yaml:5:5 error[missing-port] The stage type "loud/shout" needs the input "text".
    inputs: { txt: in.txt }
    ~~~~~~
  help: Add it under "inputs".

examples/shout.yaml:5:15 error[unknown-port] The stage type "loud/shout" has no input "txt".
    inputs: { txt: in.txt }
              ~~~
  help: Did you mean "text"?
`);
  expect(checks).toEqual([]);
});
