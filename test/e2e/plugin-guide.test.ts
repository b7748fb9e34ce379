/**
 * The plugin guide, followed to the letter: its commands run in an empty folder outside of the repository, with wrangle
 * installed from `npm pack`, and print what the guide says. After a change to the guide or to what is printed:
 *
 *   npx vitest run --project e2e test/e2e/plugin-guide.test.ts -u
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

const GUIDE = join(REPOSITORY, 'docs/plugin-guide.md');
/** A program without which it is passed over, commands, and what they print where the guide shows it. */
const STEP = /(?:<!-- needs (\S+) -->\n)?```sh\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```\n)?/g;

/**
 * Times (and their columns), ids of runs and digests of code differ from run to run, or from version to version; and what
 * was saved is only told when it is worth telling.
 */
function lasting(text: string): string {
  return text
    .replaceAll(/; [\d.]+ (ms|s) saved/g, '')
    .replaceAll(/ *\b[\d.]+ (ms|s)\b/g, ' 0 ms')
    .replaceAll(/\b\d{8}-\d{6}-\w{4}\b/g, 'RUN')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'DIGEST');
}

test('every step of the plugin guide works, and prints what it says', async () => {
  const project = new CliProject();
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project.dir], { cwd: REPOSITORY });
  // Everything that it needs is in the folder; what npm says of its own settings and of new versions is not the guide's.
  const env = {
    ...project.env,
    npm_config_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_userconfig: project.path('npmrc'),
  };
  const guide = readFileSync(GUIDE, 'utf8');
  let followed = '';
  let at = 0;
  for (const step of guide.matchAll(STEP)) {
    const [whole, needs, commands = '', printed] = step;
    followed += guide.slice(at, step.index);
    at = step.index + whole.length;
    if (needs !== undefined && spawnSync(needs, ['--version']).status !== 0) {
      console.warn(`There is no ${needs} on this machine: not followed are\n${commands}`);
      followed += whole;
      continue;
    }
    const { status, stdout } = spawnSync('bash', ['-ec', `exec 2>&1\n${commands}`], {
      cwd: project.dir,
      env,
      encoding: 'utf8',
    });
    expect(status, `${commands}\n${stdout}`).toBe(0);
    const shown = printed === undefined || lasting(printed) === lasting(stdout) ? printed : stdout;
    const text = shown === undefined ? '' : `\n\`\`\`text\n${shown}\`\`\`\n`;
    followed += `${whole.slice(0, whole.indexOf('```sh'))}\`\`\`sh\n${commands}\`\`\`\n${text}`;
  }
  await expect(`${followed}${guide.slice(at)}`).toMatchFileSnapshot(GUIDE);
});
