// A plugin package as its user meets it: edited, reformatted, upgraded, and one that wants to make a check hang.
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

const SCRIPT = String.raw`#!/bin/sh
out=$(sed 's/.*"o":{"path":"\([^"]*\)".*/\1/' "$WRANGLE_REQUEST")
tr a-z A-Z <in.txt >"$out"
echo '{"protocol":1,"status":"ok"}' >"$WRANGLE_RESULT"
`;

function packageJson(version: string): string {
  return `${JSON.stringify({ name: 'wrangle-plugin-caps', version, wrangle: { manifest: './wrangle.plugin.json' } })}\n`;
}

function project(params: object = {}): CliProject {
  const manifest = {
    protocol: 1,
    name: 'caps',
    stages: { up: { run: { argv: ['sh', './src/up.sh'] }, params, inputs: { d: {} }, outputs: { o: {} } } },
  };
  return new CliProject().write({
    '.wranglerrc.yaml': 'version: 1\nplugins: { caps: ./caps }\n',
    'in.txt': 'hello\n',
    'caps/package.json': packageJson('0.1.0'),
    'caps/wrangle.plugin.json': JSON.stringify(manifest),
    'caps/src/up.sh': SCRIPT,
    'caps/README.md': '# caps\n',
    'pipeline.yaml': `stages:
  shout: { uses: caps/up, inputs: { d: in.txt }, outputs: { o: shout.txt } }
  plain: { run: "cp in.txt \${{ outputs.o }}", inputs: { d: in.txt }, outputs: { o: plain.txt } }
`,
  });
}

test('an edit of its code runs its stages, its README and its version do not, and "why" names both versions', async () => {
  const made = project();
  const counts = async () => (await made.run('build', 'pipeline.yaml', '--json')).json().counts;
  expect(await counts()).toMatchObject({ ran: 2, fresh: 0 });
  expect(made.read('shout.txt')).toBe('HELLO\n');
  made.write({ 'caps/README.md': '#  caps\n\n', 'caps/package.json': packageJson('0.1.1') });
  expect(await counts()).toMatchObject({ ran: 0, fresh: 2 });
  made.write({ 'caps/src/up.sh': `${SCRIPT}# edited\n`, 'caps/package.json': packageJson('0.2.0') });
  const why = await made.run('why', 'shout', '-f', 'pipeline.yaml');
  expect(why.stdout).toBe('shout would run, because:\n\n  code of its plugin changed (caps 0.1.0 -> 0.2.0)\n');
  expect(await counts()).toMatchObject({ ran: 1, fresh: 1 });
  expect(await counts()).toMatchObject({ ran: 0, fresh: 2 });
});

test('a pattern of a plugin cannot make a check hang', async () => {
  const made = project({ properties: { name: { type: 'string', pattern: '^(a|a)*$' } } });
  const text = `${'a'.repeat(27)}!`;
  made.write({
    'pipeline.yaml': `stages:\n  shout: { uses: caps/up, with: { name: ${text} }, inputs: { d: in.txt }, outputs: { o: o } }\n`,
  });
  const { code, stderr, stdout } = await made.run('check', 'pipeline.yaml');
  expect(code).toBe(2);
  expect(`${stdout}${stderr}`).toContain(
    `pipeline.yaml:2:41 error[invalid-with] "name" must match the pattern "^(a|a)*$", not "${text}".`,
  );
});
