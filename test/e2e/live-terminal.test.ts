/**
 * The live view on a pseudo-terminal, as an emulator shows it. Stages wait for a gate, a pipe that nobody has opened for
 * writing, so what stands on the screen stands there until the test opens it.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';
import { openGate } from '../support/gate.ts';
import { hasScript, PseudoTerminal, type Size } from '../support/pseudo-terminal.ts';

const SMALL = { columns: 80, rows: 24 };
const LARGE = { columns: 200, rows: 50 };
const WAITS = { run: ': < gate' };

function projectWith(stages: object): CliProject {
  const project = new CliProject().write({ 'pipeline.yaml': JSON.stringify({ version: 1, stages }) });
  project.fifo('gate');
  return project;
}

function many(count: number, stage: (at: number) => object): object {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${at}`, stage(at)]));
}

function build(project: CliProject, size: Size, ...args: string[]): PseudoTerminal {
  return new PseudoTerminal(project, size, ['build', 'pipeline.yaml', ...args]);
}

/** Times differ from run to run; the columns in which they stand do not. */
function timeless(text: string): string {
  return text
    .replaceAll(/(%|in|after) +\d+(\.\d)? m?s\b/g, '$1 #')
    .replaceAll(/\d{8}-\d{6}-[a-z0-9]{4}/g, 'RUN')
    .replaceAll(/ *\b\d+(\.\d)? m?s\b/g, (time) => '#'.padStart(time.length));
}

describe('on a terminal', () => {
  beforeEach(({ skip }) => skip(!hasScript, 'there is no `script` of util-linux on this machine'));

  test('one stage, resized in the middle, leaves its line and the summary', async () => {
    const project = projectWith({ only: WAITS });
    const terminal = build(project, SMALL);
    await terminal.saw('only');
    expect(timeless(terminal.screen)).toMatchInlineSnapshot(`
      "1 stage: all to do

      Step 0/1 ────────────────────   0% #
        running              #  only"
    `);
    expect(terminal.isCursorShown).toBe(false);
    for (const [columns, rows, wanted] of [
      [100, 30, '─'.repeat(25)],
      [50, 10, /^Step 0\/1 {3}0% {2}\d+ s\n {2}running/m],
      [39, 10, /^Step 0\/1 {2}\d+ s {2}only$/m],
      [80, 24, '─'.repeat(20)],
    ] as const) {
      terminal.resize({ columns, rows });
      const screen = await terminal.saw(wanted);
      expect(screen.match(/Step/g)).toHaveLength(1);
    }
    openGate(project);
    expect(await terminal.ended).toBe(0);
    expect(timeless(terminal.contents)).toMatchInlineSnapshot(`
      "1 stage: all to do
      [1/1] ran                 #  only

      Done in #: 1 ran."
    `);
    expect(terminal.isCursorShown).toBe(true);
  });

  describe.each([SMALL, LARGE])('$columns columns, $rows rows', (size) => {
    test('thirty stages at once', async () => {
      const project = projectWith(many(30, () => WAITS));
      const terminal = build(project, size, '-j', '30');
      await terminal.saw(size === SMALL ? 'and 18 more running' : /s9$/m);
      expect(timeless(terminal.screen)).toMatchSnapshot();
      openGate(project);
      expect(await terminal.ended).toBe(0);
      const { contents } = terminal;
      expect(contents).not.toMatch(/Step|running/);
      for (let at = 0; at < 30; at++) expect(contents.match(new RegExp(`ran .* s${at}$`, 'gm'))).toHaveLength(1);
    });
  });

  test('three thousand, one of which fails: its lines stay, the others are counted', async () => {
    // They start in the order of their names.
    const project = projectWith({
      ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`held-${at}`, WAITS])),
      ...many(2980, (at) => ({ run: at === 1100 ? 'echo no rows; exit 3' : ':' })),
    });
    const terminal = build(project, SMALL, '-j', '20');
    await terminal.saw('more running');
    expect(timeless(terminal.screen)).toMatchInlineSnapshot(`
      "3,000 stages: all to do

      Step     0/3,000 ────────────────────   0% #
        running              #  held-0
        running              #  held-1
        running              #  held-10
        running              #  held-11
        running              #  held-12
        running              #  held-13
        running              #  held-14
        running              #  held-15
        running              #  held-16
        running              #  held-17
        running              #  held-18
        running              #  held-19
        and 8 more running"
    `);
    terminal.resize(LARGE);
    await terminal.saw(/held-9$/m);
    expect(timeless(terminal.screen)).toMatchInlineSnapshot(`
      "3,000 stages: all to do

      Step     0/3,000 ────────────────────────────────────────   0% #
        running              #  held-0
        running              #  held-1
        running              #  held-10
        running              #  held-11
        running              #  held-12
        running              #  held-13
        running              #  held-14
        running              #  held-15
        running              #  held-16
        running              #  held-17
        running              #  held-18
        running              #  held-19
        running              #  held-2
        running              #  held-3
        running              #  held-4
        running              #  held-5
        running              #  held-6
        running              #  held-7
        running              #  held-8
        running              #  held-9"
    `);
    openGate(project);
    expect(await terminal.ended).toBe(1);
    const { contents } = terminal;
    expect(contents).toMatch(
      /^3,000 stages: all to do\n\[.* failed .* s1100\n +It ended with exit code 3\.\n +\| no rows\n/,
    );
    expect(contents).toMatch(/^Failed after [^\n]*: 1 failed, [\d,]+ ran, [\d,]+ cancelled\.$/m);
    expect(contents).not.toMatch(/Step|running|\] ran/);
  });

  test('control sequences that a stage prints are shown, not obeyed', async () => {
    const evil = String.raw`printf '\033]0;evil\007\033[2J\033[5A\033[?25h\033c gone\n'; exit 3`;
    const project = projectWith({ evil: { run: evil }, other: WAITS });
    const terminal = build(project, SMALL, '-k', '-v', '-j', '2');
    await terminal.saw(/Step 1\/2.*other$/s);
    expect(timeless(terminal.screen)).toMatchInlineSnapshot(`
      "2 stages: all to do
            start                  evil
            because it never succeeded here
            start                  other
            because it never succeeded here
      evil | ^[]0;evil^G^[[2J^[[5A^[[?25h^[c gone
      [1/2] failed              #  evil
            It ended with exit code 3.
            log:  .wrangle/runs/RUN/stages/evil/1.log
            kept: .wrangle/failed/evil/RUN-1

      Step 1/2 ━━━━━━━━━━──────────  50% #
        so far                  1 failed
        running              #  other"
    `);
    expect([terminal.title, terminal.isCursorShown]).toEqual(['', false]);
    openGate(project);
    expect(await terminal.ended).toBe(1);
    expect(terminal.contents).toMatch(/^2 stages: all to do\n/);
  });

  test('Ctrl-C: the block is gone, the summary is there, the cursor is back', async () => {
    const project = projectWith({ slow: WAITS });
    const terminal = build(project, SMALL);
    await terminal.saw('slow');
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
    expect(timeless(terminal.contents)).toMatchInlineSnapshot(`
      "1 stage: all to do
      [1/1] cancelled              slow  Stopped; its outputs are as they were before.

      Interrupted after #: 1 cancelled.

      cancelled slow

      Next:
        wrangle build pipeline.yaml  go on; outputs of stopped stages are as they were"
    `);
    expect(terminal.isCursorShown).toBe(true);
  });

  test('ended at once by a third signal: no block is left, and the cursor is back', async () => {
    const project = projectWith({ deaf: { run: "trap '' INT TERM HUP; while :; do sleep 1000; done" } });
    const terminal = build(project, SMALL);
    await terminal.saw('deaf');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) terminal.kill(signal);
    expect([129, 130, 143]).toContain(await terminal.ended);
    expect(terminal.contents).toMatch(/^1 stage: all to do/);
    expect(terminal.contents).not.toMatch(/Step|running/);
    expect(terminal.isCursorShown).toBe(true);
  });

  test('lines only, and not one control sequence, where nothing is to do, in CI, and with --events -', async () => {
    const project = projectWith({ only: { run: ':' } });
    const bytesOf = async (args: readonly string[], env: object = {}) => {
      const terminal = new PseudoTerminal(project, SMALL, ['build', 'pipeline.yaml', ...args], env);
      expect(await terminal.ended).toBe(0);
      return terminal.bytes;
    };
    for (const bytes of [
      await bytesOf(['--force'], { CI: '1' }),
      await bytesOf(['--force', '--events', '-']),
      await bytesOf([]),
    ]) {
      expect(bytes).not.toContain('\u001b');
    }
  });
});
