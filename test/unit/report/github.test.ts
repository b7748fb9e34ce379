// What GitHub Actions is told, as whole lines, and what it must not take for something it is told.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import type { Failure, WrangleEvent } from '../../../src/model/event.ts';
import type { Location } from '../../../src/model/location.ts';
import {
  annotationLines,
  jsonWithoutCommands,
  ofDiagnostics,
  ofRun,
  withoutCommands,
} from '../../../src/report/github.ts';
import { HeardRun } from '../../support/hear-run.ts';
import { makeStage } from '../../support/make-stage.ts';
import { completed, EXIT_1, event, failedRun, started } from './sample-run.ts';

const at = (line: number, file = 'pipelines/full.yaml'): Location => {
  return { file, line, column: 3, end_line: line, end_column: 10 };
};

function show(events: readonly WrangleEvent[], places: Readonly<Record<string, Location>> = {}): string[] {
  const heard = new HeardRun(events);
  const stages = Object.entries(places).map(([id, origin]) => ({ ...makeStage(id), origin }));
  return annotationLines(ofRun(heard.collected(), { stages }), (file) => `data/${file}`);
}

const failed = (stage: string, failure: Partial<Failure> = {}) =>
  event('task_failed', stage, { attempt: 1, duration_ms: 1, failure: { ...EXIT_1, tail: [], ...failure } });
const warns = (stage: string | null, message: string) =>
  event('log', stage, { level: 'warning', code: undefined, stream: 'wrangle' }, { message });

describe('a run', () => {
  test('says where in its file a stage is that failed, and what it printed last', () => {
    expect(show(failedRun(), { publish: at(7) })).toEqual([
      '::error file=data/pipelines/full.yaml,line=7,col=3,title=Stage publish failed::It ended with exit code 1.%0Areading build/clean.csv%0AValueError: no rows',
      '::warning title=Stage report::The edited "build/report.csv" is kept in ".wrangle/displaced/build/report.csv".',
    ]);
  });

  test('that is done says nothing', () => {
    expect(show([started(1, 1), completed('done', { fresh: 1 })])).toEqual([]);
  });

  test('warns of what may fail, of what was skipped and of what it was warned of', () => {
    const skipped = { ...EXIT_1, tail: [], category: 'skippable' as const };
    const events = [
      started(3, 0),
      warns(null, 'The store is nearly full.'),
      warns('crawl', 'It left processes running.'),
      failed('extra', { allowed: true }),
      event('task_skipped', 'crawl', { reason: 'Gone.', attempt: 1, duration_ms: 1, failure: skipped, changes: [] }),
      failed('clean'),
    ];
    expect(show(events)).toEqual([
      '::error title=Stage clean failed::It ended with exit code 1.',
      '::warning title=Stage extra failed%2C and may::It ended with exit code 1.',
      '::warning title=Stage crawl was skipped::It ended with exit code 1.',
      '::warning title=wrangle::The store is nearly full.',
      '::warning title=Stage crawl::It left processes running.',
    ]);
  });

  test('says ten of each at most', () => {
    const many = Array.from({ length: 30 }, (_, n) => [failed(`s${n}`), warns(null, `w${n}`)]).flat();
    const lines = show(many);
    expect(lines).toHaveLength(20);
    expect([lines[9], lines[19]]).toEqual([
      '::error title=Stage s9 failed::It ended with exit code 1.',
      '::warning title=wrangle::w9',
    ]);
  });
});

test('mistakes stand where they are, with what helps', () => {
  const mistakes: Diagnostic[] = [
    {
      code: 'unknown-key',
      severity: 'error',
      message: 'No such key: "inputz".',
      location: at(4),
      related: [],
      help: 'Did you mean "inputs"?',
    },
    {
      code: 'empty-glob',
      severity: 'warning',
      message: '"a/*.csv" matches nothing.',
      location: undefined,
      related: [],
      help: undefined,
    },
  ];
  expect(annotationLines(ofDiagnostics(mistakes), (file) => file)).toEqual([
    '::error file=pipelines/full.yaml,line=4,col=3,title=unknown-key::No such key: "inputz".%0Ahelp: Did you mean "inputs"?',
    '::warning title=empty-glob::"a/*.csv" matches nothing.',
  ]);
});

test('nothing in a name or a message ends it, or begins another', () => {
  const [line] = annotationLines(
    [
      {
        level: 'error',
        title: 'a,line=9::x',
        message: '100%\r\n::add-mask::x\n\u001b[31mred\u001b[0m\u0007',
        location: at(1, 'odd,name:1%.yaml'),
      },
    ],
    (file) => file,
  );
  expect(line).toBe(
    '::error file=odd%2Cname%3A1%25.yaml,line=1,col=3,title=a%2Cline=9%3A%3Ax::100%25%0A::add-mask::x%0Ared^G',
  );
});

describe('text from outside', () => {
  test('is no command, wherever it stands', () => {
    expect(withoutCommands('::add-mask::x')).toBe(': :add-mask::x');
    expect(withoutCommands('  \t::stop-commands::x\nfine: a::b\n\u00a0::error::y')).toBe(
      '  \t: :stop-commands::x\nfine: a::b\n\u00a0: :error::y',
    );
    expect(withoutCommands('stage | ##[add-mask]x ###[group]')).toBe('stage | ## [add-mask]x ### [group]');
    expect(withoutCommands('std::vector | a # [b]')).toBe('std::vector | a # [b]');
  });

  test('property: afterwards no line is one, and the rest of the text is as it was', () => {
    const texts = fc
      .array(fc.constantFrom(':', '#', '[', ' ', '\n', '\t', 'a', '::', '##[', '\u3000'))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        const safe = withoutCommands(text);
        for (const line of safe.split('\n')) {
          expect(line.trimStart().startsWith('::')).toBe(false);
          expect(line.includes('##[')).toBe(false);
        }
        expect(safe.replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        expect(withoutCommands(safe)).toBe(safe);
      }),
    );
  });

  test('property: JSON means what it meant', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('#', '##[', '[', '\\', '"', 'a')), (parts) => {
        const value = { text: parts.join('') };
        const json = jsonWithoutCommands(JSON.stringify(value));
        expect(json).not.toContain('##[');
        expect(JSON.parse(json)).toEqual(value);
      }),
    );
  });
});
