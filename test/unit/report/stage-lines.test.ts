// A stage type that runs on its own, as its user reads it.
import { describe, expect, test } from 'vitest';
import type { LogLevel, WrangleEvent } from '../../../src/model/event.ts';
import { createStageLines } from '../../../src/report/stage-lines.ts';
import { makeStyle } from '../../../src/report/style.ts';

const timestamp = '2026-11-21T04:35:12.000Z';

function log(level: LogLevel, message: string): WrangleEvent {
  const data = { level, code: undefined, stream: 'stage' } as const;
  return { event: 'log', task_id: 'profile', timestamp, details: { message, data } };
}

function failed(message: string, tail = ['one', 'two\u001b[2J']): WrangleEvent {
  const failure = {
    code: 'bad',
    category: 'critical',
    message,
    exit_code: 1,
    signal: undefined,
    tail,
    log: undefined,
    kept: undefined,
  } as const;
  const data = { attempt: 1, duration_ms: 5, failure };
  return { event: 'task_failed', task_id: 'profile', timestamp, details: { message, data } };
}

function lines(verbosity: 'quiet' | 'normal' | 'verbose', ...told: (string | WrangleEvent)[]): string[] {
  const stage = createStageLines({ style: makeStyle(false), verbosity });
  return told.flatMap((one) => (typeof one === 'string' ? stage.onOutput(one) : stage.onEvent(one)));
}

describe('what a stage prints', () => {
  test('comes as it is, made harmless', () => {
    expect(lines('normal', 'a\tb\n\nc\u001b[2J\n', '')).toEqual(['a\tb', '', 'c^[[2J']);
  });

  test('is left out when it should be quiet, and shown with its failure', () => {
    expect(lines('quiet', 'noise\n', failed('No.'))).toEqual(['| one', '| two^[[2J', 'failed: No.']);
    expect(lines('normal', 'noise\n', failed('No.'))).toEqual(['noise', 'failed: No.']);
  });
});

test('the stack of an error is for those who want to hear everything', () => {
  const stack = 'Error: No.\n    at run (file:///p/a.js:3:25)\n    at JSON.parse (<anonymous>) {\n  at noon\n';
  expect(lines('normal', stack)).toEqual(['Error: No.', '  at noon']);
  expect(lines('verbose', stack)).toHaveLength(4);
});

test('a message of several lines stays one', () => {
  expect(lines('normal', 'x\n', failed('No:\n  here'))).toEqual(['x', 'failed: No:', '    here']);
});

test('why it failed is said once, where its last words were that', () => {
  const said = 'bad: No:\n  here';
  const end = failed('No:\n  here', ['x', ...said.split('\n')]);
  expect(lines('normal', `x\n${said}\n`, end)).toEqual(['x', 'bad: No:', '  here', 'failed.']);
  expect(lines('quiet', `x\n${said}\n`, end)).toEqual(['| x', '| bad: No:', '|   here', 'failed: No:', '    here']);
  const more = failed('No:\n  here', [...said.split('\n'), 'y']);
  expect(lines('normal', `${said}\ny\n`, more).slice(2)).toEqual(['y', 'failed: No:', '    here']);
});

test('what it says is shown by its weight', () => {
  const told = [log('debug', 'd'), log('info', 'i'), log('warning', 'w'), log('error', 'e')];
  expect(lines('quiet', ...told)).toEqual(['warning: w', 'error: e']);
  expect(lines('normal', ...told)).toEqual(['i', 'warning: w', 'error: e']);
  expect(lines('verbose', ...told)).toEqual(['d', 'i', 'warning: w', 'error: e']);
});
