/** A secret reaches its stage and nothing else: seen from outside, with a value that is hard to mask. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

const TOKEN = `s3cr3t/"quoted" $x+y~ümlaut's`;
const OTHER = 'another-Value-5';

/** Every form a stage may print a value in without meaning to, the value itself in two pieces among them. */
const PRINT = `import base64, json, os, sys, urllib.parse
token = os.environ['TOKEN']
raw = token.encode()
print(token, file=sys.stderr)
print(json.dumps(token), json.dumps(token, ensure_ascii=False))
print(urllib.parse.quote(token), urllib.parse.quote_plus(token))
print(raw.hex(), raw.hex().upper())
for before in (b'', b'a', b'ab'): print(base64.b64encode(before + raw + b'z').decode())
print(base64.urlsafe_b64encode(raw).decode())
sys.stdout.write(token[:7]); sys.stdout.flush()
sys.stdout.write(token[7:] + '\\n'); sys.stdout.flush()
with open(os.environ['WRANGLE_EVENTS'], 'w') as events:
    for event in (
        {'type': 'log', 'level': 'warning', 'message': 'log ' + token},
        {'type': 'progress', 'done': 1, 'total': 2, 'note': 'note ' + token},
        {'type': 'metric', 'name': 'where', 'value': 'metric ' + token},
    ):
        events.write(json.dumps(event) + '\\n')
document = {'protocol': 1, 'status': sys.argv[1], 'metrics': {'of ' + token: [token]}, 'notes': [token]}
if sys.argv[1] == 'failed':
    document['error'] = {'code': 'no-login', 'category': 'critical', 'message': 'refused: ' + token}
with open(os.environ['WRANGLE_RESULT'], 'w') as result: json.dump(document, result)
sys.exit(0 if sys.argv[1] == 'ok' else 1)
`;

/** What would give a value away, the forms that are not plain too. */
function traces(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(4, -8),
  );
  const forms = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), bytes.toString('hex')];
  return [...forms, ...base64].map((form) => Buffer.from(form));
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path) && statSync(path).isFile());
}

/** Files of the project that hold a value in any form. */
function leaks(project: CliProject, value: string): string[] {
  return filesUnder(project.dir).filter((path) => {
    const bytes = readFileSync(path);
    return traces(value).some((trace) => bytes.includes(trace));
  });
}

function secretive(): CliProject {
  const project = new CliProject().write({
    'print.py': PRINT,
    'pipeline.yaml': `
version: 1
defaults: { secrets: [OTHER] }
stages:
  works:
    run: python3 print.py ok; echo done > \${{ outputs.o }}
    secrets: [TOKEN]
    outputs: { o: o.txt }
  fails:
    run: python3 print.py failed; touch \${{ outputs.o }}
    secrets: [TOKEN]
    outputs: { o: p.txt }
    needs: [works]
  gossip:
    run: tr a-z A-Z <<< "$OTHER"; echo "$OTHER" | rev; echo "$OTHER"; exit 3
    needs: [works]
`,
  });
  Object.assign(project.env, { TOKEN, OTHER });
  return project;
}

test('a secret is in no file and on no stream, whatever form a stage gives it', async () => {
  const project = secretive();
  const built = await project.run('build', 'pipeline.yaml', '-k', '-v', '--events', 'events.jsonl');
  const shown = await project.run('build', 'pipeline.yaml', '-k', '--json');
  const looks = [await project.run('log'), await project.run('log', 'fails'), await project.run('why', 'fails')];
  expect(built.code).toBe(1);
  expect(built.stderr).toContain('refused: ***\n');
  expect(built.stderr).toContain('log ***');
  // Was it there to be masked at all?
  expect(project.read('events.jsonl')).toContain('"note":"note ***"');
  expect(shown.stdout).toContain('"message": "refused: ***"');
  for (const value of [TOKEN, OTHER]) {
    expect(leaks(project, value)).toEqual([]);
    const streams = [built, shown, ...looks].map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(traces(value).filter((trace) => streams.includes(trace.toString()))).toEqual([]);
  }
});

test('a secret that another value comes with does not change what runs', async () => {
  const project = secretive();
  await project.run('build', 'pipeline.yaml', 'works');
  Object.assign(project.env, { TOKEN: 'quite-another-one', OTHER: 'and-another' });
  const again = await project.run('build', 'pipeline.yaml', 'works', '--json');
  expect(again.json().counts).toMatchObject({ fresh: 1, ran: 0 });
});

test('a secret that is missing or too short to be masked fails its stage, by name and not by value', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `
version: 1
stages:
  missing: { run: "true", secrets: [NOT_THERE] }
  short: { run: 'echo "$SHORT"', secrets: [SHORT] }
`,
  });
  project.env['SHORT'] = 'xyz';
  const { stderr, code } = await project.run('build', 'pipeline.yaml', '-k', '-j', '1');
  expect(code).toBe(1);
  expect(stderr).toContain(
    'failed missing: The secret "NOT_THERE" is not set in the environment wrangle was started in.\n',
  );
  expect(stderr).toContain(
    'failed short: The secret "SHORT" has fewer than 4 bytes, too few to be masked in its output.\n',
  );
  expect(stderr).not.toContain('xyz');
});
