// Stage types as commands, on the built command line with a plugin written in shell.
import { mkdirSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

const MANIFEST = {
  protocol: 1,
  name: 'text',
  stages: {
    shout: {
      description: 'Upper case.',
      run: { argv: ['sh', './shout.sh'] },
      params: {
        type: 'object',
        required: ['mark'],
        additionalProperties: false,
        properties: {
          mark: { description: 'What ends each line.', enum: ['!', '?', 'none'] },
          times: { description: 'How often.', type: 'integer', minimum: 1, default: 1 },
        },
      },
      inputs: { data: { description: 'Any text.', kind: 'file' } },
      outputs: { loud: { description: 'The text, louder.', kind: 'file', media: 'text/plain' } },
      command: 'shout',
    },
  },
};

/** Fields of the request are looked for with sed, so that nothing but a shell is needed. */
const SCRIPT = `
field() { sed -n "s/.*\\"$1\\":{*\\[*{*\\"*\\([^\\",}]*\\).*/\\1/p" "$WRANGLE_REQUEST"; }
mark=$(field mark)
in=$(sed -n 's/.*"data":\\[{"path":"\\([^"]*\\)".*/\\1/p' "$WRANGLE_REQUEST")
out=$(sed -n 's/.*"loud":{"path":"\\([^"]*\\)".*/\\1/p' "$WRANGLE_REQUEST")
echo "shouting with $mark"
if grep -q boom "$in"; then
  echo half > "$out"
  printf '{"protocol":1,"status":"failed","error":{"code":"boom","category":"critical","message":"There is a boom in it."}}' > "$WRANGLE_RESULT"
  exit 1
fi
tr a-z A-Z < "$in" > "$out"
if grep -q wait "$in"; then exec tail -f /dev/null; fi
printf '{"protocol":1,"status":"ok","metrics":{"lines":%d}}' "$(wc -l < "$in")" > "$WRANGLE_RESULT"
`;

function project(): CliProject {
  const made = new CliProject();
  made.write({
    'ws/.wranglerrc.yaml': 'version: 1\nplugins: { text: ./text }\n',
    'ws/text/package.json': JSON.stringify({ name: 't', version: '1.0.0', wrangle: { manifest: './m.json' } }),
    'ws/text/m.json': JSON.stringify(MANIFEST),
    'ws/text/shout.sh': SCRIPT,
    'ws/deep/in.txt': 'hello\n',
    'bad.txt': 'boom\n',
  });
  mkdirSync(made.path('tmp'));
  made.env['TMPDIR'] = made.path('tmp');
  return made;
}

test('from any folder of the workspace, to any place, leaving nothing else', async () => {
  const made = project();
  const shout = ['shout', '--data', 'in.txt', '--mark', '!', '--loud', '../../some/other/place.txt'];
  const ran = await made.run('-C', 'ws/deep', ...shout);
  expect(ran.stderr).toMatch(/^shouting with !\nlines: {2}1\nWrote .*\/some\/other\/place\.txt \(6 B\) in .*\.\n$/);
  expect(ran).toMatchObject({ code: 0, stdout: '' });
  expect(made.read('some/other/place.txt')).toBe('HELLO\n');
  expect([readdirSync(made.path('tmp')), made.exists('ws/.wrangle')]).toEqual([[], false]);

  const piped = await made.run('-C', 'ws', 'stage', 'text/shout', '--data', 'deep/in.txt', '--mark', '?', '-q');
  expect(piped).toMatchObject({ code: 0, stdout: 'HELLO\n', stderr: '' });

  const document = await made.run('-C', 'ws', '--json', ...shout.with(2, 'deep/in.txt').with(6, 'o.txt'));
  expect(JSON.parse(document.stdout)).toMatchObject({
    stage: 'text/shout',
    outcome: 'done',
    outputs: { loud: [made.path('ws/o.txt')] },
    metrics: { lines: 1 },
    failure: null,
  });
});

test('a failure shows what the plugin says, and leaves no half output', async () => {
  const made = project();
  const ran = await made.run('-C', 'ws', 'shout', '--data', '../bad.txt', '--mark', '!', '--loud', 'out.txt');
  expect(ran).toMatchObject({ code: 1, stdout: '', stderr: 'shouting with !\nfailed: There is a boom in it.\n' });
  expect([made.exists('ws/out.txt'), readdirSync(made.path('tmp'))]).toEqual([false, []]);
});

test('Ctrl-C ends the plugin and leaves nothing', async () => {
  const made = project();
  made.write({ 'ws/long.txt': 'wait\n' });
  const running = made.start('-C', 'ws', 'shout', '--data', 'long.txt', '--mark', '!', '--loud', 'out.txt');
  await running.saw('shouting');
  running.child.kill('SIGINT');
  expect(await running.ended).toMatchObject({ code: 130, stderr: 'shouting with !\nStopped; nothing was written.\n' });
  expect([made.exists('ws/out.txt'), readdirSync(made.path('tmp'))]).toEqual([false, []]);
});

test('mistakes are sentences, and nothing runs', async () => {
  const made = project();
  const says = async (...args: string[]) => {
    const { code, stdout, stderr } = await made.run('-C', 'ws', ...args);
    expect([code, stdout]).toEqual([2, '']);
    return stderr;
  };
  const shout = ['shout', '--data', 'deep/in.txt'];
  expect(await says(...shout, '--mark', 'nome', '--times', '0')).toBe(
    'error[invalid-with] --mark must be "!", "?" or "none", not "nome".\n  help: Did you mean "none"?\n\n' +
      'error[invalid-with] --times must be at least 1, not 0.\n',
  );
  expect(await says(...shout)).toBe(
    'error[invalid-with] "text/shout" needs the param "mark".\n  help: Give it with --mark VALUE.\n',
  );
  expect(await says('shout', '--mark', '!')).toBe(
    'error[missing-port] The stage type "text/shout" needs the input "data".\n  help: Give it with --data FILE.\n',
  );
  expect(await says('shout', '--data', 'deep/im.txt', '--mark', '!')).toBe(
    'error[file-not-found] There is no file "deep/im.txt".\n  help: Did you mean "deep/in.txt"?\n',
  );
  expect(await says('shout', '--data', 'bad.txt', '--mark', '!')).toBe(
    `error[file-not-found] There is no file "bad.txt".\n  help: Paths are from "${made.path('ws')}", as "-C" says.\n`,
  );
  expect(await says(...shout, '--makr', '!')).toBe(
    'wrangle: unknown option \'--makr\'\n  help: Did you mean "--mark"?\n',
  );
  expect(await says('shuot')).toBe('wrangle: unknown command \'shuot\'\n  help: Did you mean "shout"?\n');
  expect(await says('stage', 'text/shuot')).toBe(
    'wrangle: No listed plugin provides "text/shuot".\n  help: Did you mean "text/shout"?\n',
  );
  expect((await made.run('-C', 'nowhere', 'shout')).stderr).toBe(
    `wrangle: There is no folder "${made.path('nowhere')}".\n`,
  );
  const outside = await made.run('shout', '--data', 'bad.txt');
  expect(outside.stderr).toBe(
    'wrangle: There is no command "shout".\n  help: This folder is in no workspace, so there are no plugins. List those ' +
      'you need in a .wranglerrc.yaml here or above (plugins: { NAME: FOLDER OR PACKAGE }), or name a workspace with -C.\n',
  );
  expect(outside.code).toBe(2);
});

test('help lists every port and param; --emit-yaml prints a stage that builds the same', async () => {
  const made = project();
  const { stdout: help } = await made.run('-C', 'ws', 'help', 'shout');
  expect(help.slice(0, help.indexOf('Options:'))).toBe(`Usage: wrangle shout [options]

Upper case

Inputs:
  --data <FILE>          Any text (required)

Outputs:
  --loud <FILE>          The text, louder (text/plain; default: standard output)

Params:
  --mark <VALUE>         What ends each line (required; "!", "?" or "none")
  --times <N>            How often (whole number, at least 1; default: 1)

`);
  expect((await made.run('-C', 'ws', '--help')).stdout).toMatch(/\nCommands of plugins:\n {2}shout +Upper case\n/);
  const { stdout: yaml } = await made.run('-C', 'ws', 'shout', '--data', 'deep/in.txt', '--mark', '!', '--emit-yaml');
  expect(yaml).toBe(`  shout:
    uses: text/shout
    inputs: { data: deep/in.txt }
    outputs: { loud: build/loud.txt }
    with: { mark: "!" }
`);
  made.write({ 'ws/p.yaml': `stages:\n${yaml}` });
  expect(await made.run('-C', 'ws', 'build', 'p.yaml', '-q')).toMatchObject({ code: 0 });
  expect(made.read('ws/build/loud.txt')).toBe('HELLO\n');
});
