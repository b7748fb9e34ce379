/** Builds that end before their end: killed, or waiting for a person; and how they go on in new processes. */
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

interface RunsDocument {
  readonly runs: readonly { readonly outcome: string; readonly counts: Readonly<Record<string, number>> }[];
}

const LENGTH = 20;
const STOPPED_AT = 12;

/** A row of stages that note that they ran; one waits for ever the first time. Every fourth makes nothing. */
function row(): CliProject {
  const stages = Array.from({ length: LENGTH }, (_, at) => {
    const wait = at === STOPPED_AT ? 'test -e go || { echo > reached; sleep 600; }; ' : '';
    const output = at % 4 === 3 ? '' : `\n    outputs: { o: out/${at}.txt }`;
    const write = output === '' ? '' : ` > \${{ outputs.o }}`;
    return `  s${at}:
    run: ${wait}echo s${at} >> ledger; echo ${at}${write}
    needs: [${at === 0 ? '' : `s${at - 1}`}]${output}`;
  });
  const project = new CliProject().write({ 'pipeline.yaml': `version: 1\nstages:\n${stages.join('\n')}\n` });
  project.fifo('reached');
  return project;
}

test('a build that is killed: the next does exactly the rest, and history tells what was done', async () => {
  const project = row();
  const running = project.start('build', 'pipeline.yaml', '-j', '1');
  await project.readFrom('reached');
  // Another shell, while it builds: nothing waits, and nothing is told that is not so.
  const during = JSON.parse((await project.run('runs', '--json')).stdout) as RunsDocument;
  expect(during.runs).toMatchObject([{ outcome: 'running' }]);
  expect((await project.run('resume')).stderr).toContain('There is no run to go on with: the last one, ');
  expect((await project.run('status', 'pipeline.yaml')).stderr).toMatch(
    new RegExp(`^A build goes on \\(process ${running.child.pid}, since .*\\): this is how far it is\\. `),
  );
  const status = await project.run('status', 'pipeline.yaml', '--json');
  expect(status.json().stages).toMatchObject([{ id: 's0', decision: 'fresh' }, ...Array(LENGTH - 1).fill({})]);

  running.child.kill('SIGKILL');
  await running.ended;
  const after = JSON.parse((await project.run('runs', '--json')).stdout) as RunsDocument;
  expect(after.runs).toMatchObject([{ outcome: 'interrupted' }]);

  project.write({ go: '' });
  const resumed = await project.run('resume', '--json');
  expect(resumed.json()).toMatchObject({ outcome: 'done', counts: { fresh: STOPPED_AT, ran: LENGTH - STOPPED_AT } });
  const all = Array.from({ length: LENGTH }, (_, at) => `s${at}`);
  expect(project.read('ledger').trimEnd().split('\n')).toEqual(all);
  expect((await project.run('build', 'pipeline.yaml', '--json')).json().counts).toMatchObject({ fresh: LENGTH });
});

const REVIEW = `
version: 1
params: { title: none, copies: 1 }
stages:
  draft:
    run: echo '\${{ params.title }} x\${{ params.copies }}' > \${{ outputs.text }}
    outputs: { text: out/draft.txt }
  review:
    run: |
      mkdir -p "$WRANGLE_SCRATCH"; echo looked >> "$WRANGLE_SCRATCH/work"
      if ! [ -f "$WRANGLE_ANSWERS" ]; then
        echo '{"protocol":1,"status":"suspended","question":{"id":"name","text":"Who signs it?","schema":{"type":"string"}}}' > "$WRANGLE_RESULT"
        exit 42
      fi
      { cat \${{ inputs.text }} "$WRANGLE_ANSWERS"; echo; wc -l < "$WRANGLE_SCRATCH/work"; } > \${{ outputs.text }}
    inputs: { text: out/draft.txt }
    outputs: { text: out/review.txt }
  other:
    run: echo other > \${{ outputs.text }}
    outputs: { text: out/other.txt }
`;

test('a stage that asks: exit 42, the question, and the answer goes on with the same params', async () => {
  const project = new CliProject().write({ 'pipeline.yaml': REVIEW, 'params.yaml': 'title: Report\n' });
  const asked = await project.run('build', 'pipeline.yaml', 'review', '--params-file', 'params.yaml', '-p', 'copies=3');
  expect(asked.code).toBe(42);
  const command = `wrangle resume --answer 'review={"name":"..."}'`;
  expect(asked.stderr).toContain('suspended review waits for an answer:\n  Who signs it?\n  file: answers/review.json');
  expect(asked.stderr).toContain(`\n  ${command} `);
  const status = await project.run('status', 'pipeline.yaml', '-p', 'title=Report', '-p', 'copies=3');
  expect(status.stdout).toContain(`suspended review waits for an answer, asked just now:\n  Who signs it?`);
  expect(status.stdout).toContain(`\n  ${command}\n`);

  // What it was asked for is known without the file it came from.
  project.remove('params.yaml');
  const wrong = await project.run('resume', '--answer', 'review={"name":7}');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('the answer to "name" must be text, not 7.')]);
  const answered = await project.run('resume', '--answer', 'review="Ada"', '--json');
  expect(answered.code).toBe(0);
  expect(answered.json()).toMatchObject({ outcome: 'done', counts: { fresh: 1, ran: 1 } });
  expect(project.read('out/review.txt')).toBe('Report x3\n{"name":"Ada"}\n2\n');
  expect(project.read('answers/review.json')).toBe('{\n  "name": "Ada"\n}\n');
  expect(project.exists('out/other.txt')).toBe(false);
  expect(project.exists('.wrangle/checkpoints/review')).toBe(false);

  project.write({ 'answers/review.json': '{ "name": "Bob" }' });
  const again = await project.run('build', 'pipeline.yaml', 'review', '-p', 'title=Report', '-p', 'copies=3', '--json');
  expect(again.json().stages['review']?.outcome).toBe('ran');
  expect(project.read('out/review.txt')).toContain('{"name":"Bob"}');
});

test('a question that has no text is listed too, though the stage would run to ask it again', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `version: 1
stages:
  ask:
    run: test -f "$WRANGLE_ANSWERS" || exit 42; cp "$WRANGLE_ANSWERS" \${{ outputs.text }}
    outputs: { text: out.json }
`,
  });
  expect((await project.run('build', 'pipeline.yaml')).code).toBe(42);
  const status = await project.run('status', 'pipeline.yaml', '--json');
  expect(status.json()).toMatchObject({ stages: [{ decision: 'run' }], questions: [{ stage: 'ask', id: 'answer' }] });
  project.write({ 'answers/ask.json': '{"answer":1}' });
  expect((await project.run('status', 'pipeline.yaml', '--json')).json()).toMatchObject({ questions: [] });
});
