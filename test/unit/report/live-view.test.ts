// What a terminal shows while a run is under way, as whole texts, and that it fits whatever happens.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WrangleEvent } from '../../../src/model/event.ts';
import { columnsOf } from '../../../src/report/columns.ts';
import { createLiveView } from '../../../src/report/live-view.ts';
import { makeStyle, PLAIN } from '../../../src/report/style.ts';
import { APPROVE, completed, counts, EXIT_1, event, ran, START_MS, started } from './sample-run.ts';

const SMALL = { columns: 80, rows: 24 };
const LARGE = { columns: 200, rows: 50 };
const TINY = { columns: 40, rows: 8 };

const COLOURS = /\p{Cc}\[[0-9;]*m/gu;
/** What does something to a terminal instead of standing for itself. */
const CONTROLS = /[\p{Cc}\u2028-\u202e]/u;

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** `atMs` counts from the start of the run. */
function show(events: readonly WrangleEvent[], size: Size, atMs: number): string {
  const view = createLiveView(PLAIN);
  for (const one of events) view.onEvent(one);
  return view.block({ ...size, nowMs: START_MS + atMs }).join('\n');
}

const begin = (stage: string, atMs: number, attempt = 1) =>
  event('task_started', stage, { attempt, causes: [], pid: 7 }, { atMs });

const said = (stage: string, atMs: number, done: number | undefined, total: number | undefined, note?: string) =>
  event('task_progress', stage, { done, total, note }, { atMs });

/** Of the run itself. */
const left = (done: number, total: number, left_ms: number | undefined, atMs: number) =>
  event('task_progress', null, { done, total, note: undefined, left_ms }, { atMs });

const failed = (stage: string, atMs: number) =>
  event('task_failed', stage, { attempt: 1, duration_ms: 300, failure: EXIT_1 }, { atMs });

const retrying = (stage: string, atMs: number, delay_ms: number) => {
  const failure = { ...EXIT_1, message: 'The server is busy.' };
  return event('task_retrying', stage, { attempt: 1, attempts: 3, duration_ms: 100, delay_ms, failure }, { atMs });
};

const suspended = (stage: string, atMs: number) =>
  event('task_suspended', stage, { attempt: 1, log: undefined, question: APPROVE }, { atMs });

const one = [started(1, 0), begin('train', 20)];

/** Of 30: nine are done, one of them failed, six run, two are to be tried again, one asks. */
const thirty = [
  started(34, 4),
  ...Array.from({ length: 8 }, (_, at) => ran(`part-${at}`, 10 * at, 500)).flat(),
  failed('part-8', 900),
  begin('fetch', 1000),
  begin('clean', 1200),
  begin('a stage with a name that is longer than most of them are, as generated ones may be', 1300),
  begin('join', 1400, 2),
  begin('profile', 5000),
  begin('query', 61_000),
  said('clean', 2000, 1000, 5000, 'rows'),
  said('clean', 4000, 1620, 5000, 'rows'),
  said('fetch', 2000, undefined, undefined, 'https://data.example/a.csv'),
  retrying('crawl-1', 59_000, 10_000),
  retrying('crawl-2', 50_000, 5000),
  suspended('review', 3000),
  left(10, 30, 130_000, 60_000),
];

/** Two pools: one is full, of the other the next may start soon. */
const pooled = [
  event('run_started', null, {
    ...(started(9, 0).details.data as Extract<WrangleEvent, { event: 'run_started' }>['details']['data']),
    pools: { web: { slots: 2 }, slow: { start_every_ms: 30_000 }, idle: { slots: 3 } },
  }),
  event('task_started', 'page-1', { attempt: 1, causes: [], pid: 7, pool: 'web' }, { atMs: 1000 }),
  event('task_started', 'page-2', { attempt: 1, causes: [], pid: 7, pool: 'web' }, { atMs: 2000 }),
  event('task_started', 'ask-1', { attempt: 1, causes: [], pid: 7, pool: 'slow' }, { atMs: 3000 }),
  ...['page-3', 'page-4'].map((stage) => event('task_waiting', stage, { waits_for: 'pool', pool: 'web' })),
  event('task_waiting', 'ask-2', { waits_for: 'rate', pool: 'slow' }),
  event('task_waiting', 'large', { waits_for: 'memory', pool: null }),
];

/** Of 3,000: 1,204 are done, 64 run. */
const thousands = [
  started(3000, 0),
  ...Array.from({ length: 1204 }, (_, at) => ran(`query-${at}`, 10 * at, 500)).flat(),
  ...Array.from({ length: 64 }, (_, at) => begin(`query-${1204 + at}`, 13_000 + 100 * at)),
  ...Array.from({ length: 5 }, (_, at) => retrying(`crawl-${at}`, 19_000, 10_000)),
  left(1204, 3000, 30_000, 20_000),
];

describe('pools', () => {
  test('have a line while there is something in them', () => {
    expect(show(pooled, SMALL, 12_400)).toMatchInlineSnapshot(`
      "
      Step 0/9 ────────────────────   0%  12 s
        pools                   slow 1 running, 1 waiting, next start in 21 s; web 2/…
        running           11 s  page-1
        running           10 s  page-2
        running            9 s  ask-1"
    `);
  });

  test('are gone from it when nothing of them runs or waits', () => {
    const ended = [
      ...['page-1', 'page-2'].flatMap((stage) => ran(stage, 5000, 10)),
      ...['page-3', 'page-4'].map((stage) => begin(stage, 5000)),
      event('task_cancelled', 'ask-2', { reason: 'not-started' }),
      failed('ask-1', 6000),
    ];
    expect(show([...pooled, ...ended], SMALL, 12_400)).not.toContain('pools');
  });

  test('fit into a small window', () => {
    expect(show(pooled, TINY, 12_400).split('\n').length).toBeLessThan(TINY.rows);
  });
});

describe('80 columns, 24 rows', () => {
  test('one stage', () => {
    expect(show(one, SMALL, 12_400)).toMatchInlineSnapshot(`
      "
      Step 0/1 ────────────────────   0%  12 s
        running           12 s  train"
    `);
  });

  test('thirty', () => {
    expect(show(thirty, SMALL, 62_500)).toMatchInlineSnapshot(`
      "
      Step 10/30 ━━━━━━──────────────  33%  1 min 02 s, 2 min 08 s left
        so far                  1 failed, 1 suspended, 8 ran
        running     1 min 01 s  fetch  https://data.example/a.csv
        running     1 min 01 s  clean  1,620/5,000 rows, 32%, 310/s
        running     1 min 01 s  a stage with a name that is longer than most of them …
        running     1 min 01 s  join  attempt 2
        running           57 s  profile
        running            1 s  query
        retrying        in 7 s  crawl-1  attempt 2 of 3: The server is busy.
        retrying           now  crawl-2  attempt 2 of 3: The server is busy.
        suspended               review  Is the report to be published?"
    `);
  });

  test('three thousand', () => {
    expect(show(thousands, SMALL, 21_000)).toMatchInlineSnapshot(`
      "
      Step 1,204/3,000 ━━━━━━━━────────────  40%  21 s, 29 s left
        so far                  1,204 ran
        last                    query-1203, query-1202, query-1201, query-1200, query…
        running            8 s  query-1204
        running            7 s  query-1205
        running            7 s  query-1206
        running            7 s  query-1207
        running            7 s  query-1208
        running            7 s  query-1209
        running            7 s  query-1210
        running            7 s  query-1211
        and 56 more running
        retrying        in 8 s  crawl-0  attempt 2 of 3: The server is busy.
        and 4 more waiting to be tried again"
    `);
  });
});

describe('200 columns, 50 rows', () => {
  test('one stage', () => {
    expect(show(one, LARGE, 12_400)).toMatchInlineSnapshot(`
      "
      Step 0/1 ────────────────────────────────────────   0%  12 s
        running           12 s  train"
    `);
  });

  test('thirty', () => {
    expect(show(thirty, LARGE, 62_500)).toMatchInlineSnapshot(`
      "
      Step 10/30 ━━━━━━━━━━━━━───────────────────────────  33%  1 min 02 s, 2 min 08 s left
        so far                  1 failed, 1 suspended, 8 ran
        running     1 min 01 s  fetch  https://data.example/a.csv
        running     1 min 01 s  clean  1,620/5,000 rows, 32%, 310/s
        running     1 min 01 s  a stage with a name that is longer than most of them are, as generated ones may be
        running     1 min 01 s  join  attempt 2
        running           57 s  profile
        running            1 s  query
        retrying        in 7 s  crawl-1  attempt 2 of 3: The server is busy.
        retrying           now  crawl-2  attempt 2 of 3: The server is busy.
        suspended               review  Is the report to be published?"
    `);
  });

  test('three thousand', () => {
    expect(show(thousands, LARGE, 21_000)).toMatchInlineSnapshot(`
      "
      Step 1,204/3,000 ━━━━━━━━━━━━━━━━────────────────────────  40%  21 s, 29 s left
        so far                  1,204 ran
        last                    query-1203, query-1202, query-1201, query-1200, query-1199
        running            8 s  query-1204
        running            7 s  query-1205
        running            7 s  query-1206
        running            7 s  query-1207
        running            7 s  query-1208
        running            7 s  query-1209
        running            7 s  query-1210
        running            7 s  query-1211
        running            7 s  query-1212
        running            7 s  query-1213
        running            7 s  query-1214
        running            6 s  query-1215
        running            6 s  query-1216
        running            6 s  query-1217
        running            6 s  query-1218
        running            6 s  query-1219
        running            6 s  query-1220
        running            6 s  query-1221
        running            6 s  query-1222
        running            6 s  query-1223
        running            6 s  query-1224
        running            5 s  query-1225
        and 42 more running
        retrying        in 8 s  crawl-0  attempt 2 of 3: The server is busy.
        retrying        in 8 s  crawl-1  attempt 2 of 3: The server is busy.
        retrying        in 8 s  crawl-2  attempt 2 of 3: The server is busy.
        retrying        in 8 s  crawl-3  attempt 2 of 3: The server is busy.
        retrying        in 8 s  crawl-4  attempt 2 of 3: The server is busy."
    `);
  });
});

describe('40 columns, 8 rows, and less', () => {
  test('one stage', () => {
    expect(show(one, TINY, 12_400)).toMatchInlineSnapshot(`
      "
      Step 0/1   0%  12 s
        running           12 s  train"
    `);
  });

  test('thirty', () => {
    expect(show(thirty, TINY, 62_500)).toMatchInlineSnapshot(`
      "
      Step 10/30  33%  1 min 02 s, 2 min 08 s…
        so far                  1 failed, 1 s…
        running     1 min 01 s  fetch  https:…
        and 5 more running
        2 waiting to be tried again
        suspended               review  Is th…"
    `);
  });

  test('three thousand', () => {
    expect(show(thousands, TINY, 21_000)).toMatchInlineSnapshot(`
      "
      Step 1,204/3,000  40%  21 s, 29 s left
        so far                  1,204 ran
        last                    query-1203, q…
        running            8 s  query-1204
        and 63 more running
        5 waiting to be tried again"
    `);
  });

  test('where there is no room, it is one line, and at last none', () => {
    expect(show(thirty, { columns: 80, rows: 7 }, 62_500)).toMatchInlineSnapshot(
      `"Step 10/30, 1 failed  1 min 02 s, 2 min 08 s left  fetch and 5 more"`,
    );
    expect(show(thirty, { columns: 39, rows: 24 }, 62_500)).toMatchInlineSnapshot(
      `"Step 10/30, 1 failed  1 min 02 s, 2 mi…"`,
    );
    expect(show(thirty, { columns: 80, rows: 1 }, 62_500)).toBe('');
  });
});

describe('time', () => {
  const header = (events: readonly WrangleEvent[], atMs: number) =>
    show([started(4, 0), begin('a', 0), ...events], { columns: 59, rows: 24 }, atMs).split('\n')[1];

  test('what is left counts down between two events, and is not guessed when it takes longer', () => {
    const events = [left(1, 4, 90_000, 10_000)];
    expect([10_000, 10_001, 71_000, 99_000, 100_000, 500_000].map((atMs) => header(events, atMs))).toEqual([
      'Step 1/4  25%  10 s, 1 min 30 s left',
      'Step 1/4  25%  10 s, 1 min 30 s left',
      'Step 1/4  25%  1 min 11 s, 29 s left',
      'Step 1/4  25%  1 min 39 s, 1 s left',
      'Step 1/4  25%  1 min 40 s',
      'Step 1/4  25%  8 min 20 s',
    ]);
    expect(header([...events, left(2, 4, undefined, 11_000)], 12_000)).toBe('Step 2/4  50%  12 s');
  });

  test('stages that turned out fresh count, though they have no event', () => {
    expect(header([left(3, 4, undefined, 1000)], 1000)).toBe('Step 3/4  75%  1 s');
    expect(header([left(9, 4, undefined, 1000)], 1000)).toBe('Step 4/4 100%  1 s');
  });

  test('a pause counts down, and is over when the next attempt begins', () => {
    const rows = (events: readonly WrangleEvent[], atMs: number) =>
      show([started(4, 0), begin('a', 0), ...events], SMALL, atMs)
        .split('\n')
        .slice(2);
    const pause = [retrying('a', 1000, 2500)];
    const all = [1000, 1500, 3499, 3500, 60_000].map((atMs) => rows(pause, atMs));
    expect(all.map(([row]) => row)).toEqual([
      '  retrying        in 3 s  a  attempt 2 of 3: The server is busy.',
      '  retrying        in 2 s  a  attempt 2 of 3: The server is busy.',
      '  retrying        in 1 s  a  attempt 2 of 3: The server is busy.',
      '  retrying           now  a  attempt 2 of 3: The server is busy.',
      '  retrying           now  a  attempt 2 of 3: The server is busy.',
    ]);
    expect(rows([...pause, begin('a', 4000, 2)], 9000)).toEqual(['  running            5 s  a  attempt 2']);
  });
});

describe('progress of a stage', () => {
  const note = (events: readonly WrangleEvent[]) => {
    const row = show([started(1, 0), begin('a', 0), ...events], LARGE, 60_000).split('\n')[2] ?? '';
    return row.slice(row.indexOf('  a') + 5);
  };

  test('how far, in its own words, and how fast, from what it said in the last ten seconds', () => {
    expect(note([])).toBe('');
    expect(note([said('a', 0, undefined, undefined, 'reading')])).toBe('reading');
    expect(note([said('a', 0, 3, undefined, 'rows')])).toBe('3 rows');
    expect(note([said('a', 0, 3, 12, 'rows')])).toBe('3/12 rows, 25%');
    expect(note([said('a', 0, 0, 5000), said('a', 400, 1000, 5000)])).toBe('1,000/5,000, 20%');
    expect(note([said('a', 0, 0, 5000), said('a', 2000, 2500, 5000)])).toBe('2,500/5,000, 50%, 1,250/s');
    expect(note([said('a', 0, 0, 20), said('a', 2000, 5, 20)])).toBe('5/20, 25%, 2.5/s');
    expect(note([said('a', 0, 0, 20), said('a', 30_000, 2, 20)])).toBe('2/20, 10%, 4/min');
    const slower = Array.from({ length: 41 }, (_, at) => said('a', 1000 * at, at < 20 ? 100 * at : 2000 + at, 3000));
    expect(note(slower)).toBe('2,040/3,000, 68%, 1.0/s');
    expect(note([said('a', 0, 500, 900), said('a', 1000, 600, 900), said('a', 2000, 1, 900)])).toBe('1/900, 0%');
  });

  test('as often as it likes: what is kept of it is little, and the speed is right', () => {
    const often = Array.from({ length: 20_000 }, (_, at) => said('a', at, at, 20_000));
    expect(note(often)).toBe('19,999/20,000, 99%, 1,000/s');
  });
});

describe('when there is something to be seen', () => {
  const at = { ...SMALL, nowMs: START_MS + 1000 };
  const view = (...events: readonly WrangleEvent[]) => {
    const created = createLiveView(PLAIN);
    for (const one of events) created.onEvent(one);
    return created;
  };

  test('nothing before the first stage, nothing after the end', () => {
    expect(view().block(at)).toEqual([]);
    expect(view(started(3, 1)).block(at)).toEqual([]);
    expect(view(started(3, 1), begin('a', 0)).block(at)).not.toEqual([]);
    expect(view(...one, ...ran('train', 20, 10), completed('done', { ran: 1 })).block(at)).toEqual([]);
  });

  test('one view for many runs, with a line between them', () => {
    const watched = view(...one);
    watched.idle('Watching 12 files. Ctrl-C ends.');
    expect(watched.block(at)[1]).toMatch(/^Step 0\/1 /);
    watched.onEvent(completed('failed', { failed: 1 }));
    expect(watched.block(at)).toEqual(['Watching 12 files. Ctrl-C ends.']);
    watched.onEvent(started(7, 0));
    expect(watched.block(at)).toEqual(['Watching 12 files. Ctrl-C ends.']);
    watched.onEvent(begin('b', 10));
    expect(watched.block(at).slice(1)).toEqual([
      'Step 0/7 ────────────────────   0%  1 s',
      '  running            0 s  b',
    ]);
    watched.onEvent(completed('done', { ran: 7 }));
    watched.idle(undefined);
    expect(watched.block(at)).toEqual([]);
  });
});

test('names, notes and questions are made harmless', () => {
  const evil = 'a\u001b[2Jb\u001b]0;title\u0007c\u202ed\ne';
  const question = { ...APPROVE, text: `${evil}\nmore` };
  const shown = show(
    [
      started(200, 0),
      begin(evil, 0),
      said(evil, 0, undefined, undefined, evil),
      ...ran(`${evil}2`, 0, 1),
      retrying(`${evil}3`, 0, 5000),
      event('task_suspended', `${evil}4`, { attempt: 1, log: undefined, question }, {}),
    ],
    SMALL,
    1000,
  );
  expect(shown.split('\n').slice(2)).toMatchInlineSnapshot(`
    [
      "  so far                  1 suspended, 1 ran",
      "  last                    a^[[2Jb^[]0;title^Gc\\u202ed\\ne2",
      "  running            1 s  a^[[2Jb^[]0;title^Gc\\u202ed\\ne  a^[[2Jb^[]0;title^Gc\\…",
      "  retrying        in 4 s  a^[[2Jb^[]0;title^Gc\\u202ed\\ne3  attempt 2 of 3: The …",
      "  suspended               a^[[2Jb^[]0;title^Gc\\u202ed\\ne4  a^[[2Jb^[]0;title^Gc…",
    ]
  `);
});

test('colours', () => {
  const view = createLiveView(makeStyle(true));
  for (const one of [started(2, 0), failed('a', 0), begin('b', 0)]) view.onEvent(one);
  const block = view.block({ columns: 60, rows: 24, nowMs: START_MS + 1000 });
  expect(JSON.stringify(block, null, 1)).toMatchInlineSnapshot(`
    "[
     "",
     "\\u001b[1mStep 1/2\\u001b[22m \\u001b[32m━━━━━━━\\u001b[39m\\u001b[2m────────\\u001b[22m  50%  1 s",
     "  \\u001b[2mso far   \\u001b[22m               \\u001b[31m1 failed\\u001b[39m",
     "  \\u001b[36mrunning  \\u001b[39m          1 s  b"
    ]"
  `);
});

test('whatever happens, and however small the terminal is: it fits, and no character moves the cursor', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom('表計算', '👩‍👩‍👧‍👦🎉', 'e\u0301\u200b', '\u001b[31mred', 'a\tb\r\n', '\u001b]8;;x\u0007'),
  );
  const stage = fc.oneof(fc.nat({ max: 20 }).map(String), text);
  const atMs = fc.integer({ min: 0, max: 200_000 });
  const number = fc.oneof(fc.integer({ min: -3, max: 5_000_000 }), fc.double({ noNaN: true }));
  const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
  const happening = fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 3000 }), fc.nat({ max: 3000 }))
      .map(([total, fresh]) => started(total, Math.min(total - 1, fresh))),
    { weight: 5, arbitrary: fc.tuple(stage, atMs, fc.integer({ min: 1, max: 9 })).map((all) => begin(...all)) },
    {
      weight: 3,
      arbitrary: fc.tuple(stage, atMs, maybe(number), maybe(number), maybe(text)).map((all) => said(...all)),
    },
    fc.tuple(fc.nat(), fc.nat(), maybe(number), atMs).map((all) => left(...all)),
    fc.tuple(stage, atMs).map((all) => failed(...all)),
    fc.tuple(stage, atMs, fc.nat({ max: 100_000 })).map((all) => retrying(...all)),
    fc.tuple(stage, atMs).map((all) => suspended(...all)),
    fc.tuple(stage, atMs).map(([name, at]) => ran(name, at, 10)[2] as WrangleEvent),
    fc.tuple(text, atMs).map(([message, at]) => failedWith(message, at)),
    fc.constant(completed('failed', {})),
  );
  const size = fc.record({ columns: fc.integer({ min: 0, max: 220 }), rows: fc.integer({ min: 0, max: 60 }) });
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 60 }),
      size,
      atMs,
      fc.boolean(),
      maybe(text),
      (all, at, now, isColored, idle) => {
        const view = createLiveView(makeStyle(isColored));
        view.idle(idle);
        for (const one of [started(300, 0), ...all]) {
          view.onEvent(one);
          const block = view.block({ ...at, nowMs: START_MS + now });
          expect(block.length).toBeLessThanOrEqual(Math.max(0, at.rows - 1));
          for (const line of block) {
            expect(columnsOf(line)).toBeLessThanOrEqual(at.columns);
            expect(line.replaceAll(COLOURS, '')).not.toMatch(CONTROLS);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

function failedWith(message: string, atMs: number): WrangleEvent {
  return event(
    'task_retrying',
    'x',
    { attempt: 1, attempts: 2, duration_ms: 1, delay_ms: 10, failure: { ...EXIT_1, message } },
    { atMs },
  );
}

test('of the items of a fan-out that run the first few are shown, and in its own line how many there are', () => {
  const events = [
    started(3, 0),
    ...ran('list', 0, 100),
    event('task_expanded', 'each', { items: 5000, to_do: 5000, added: 4999 }, { atMs: 100 }),
    ...Array.from({ length: 64 }, (_, at) => begin(`each@${at}`, 200 + at)),
    said('each', 1200, 1500, 5000, 'items'),
    said('each', 2200, 1700, 5000, 'items'),
    begin('other', 300),
    left(701, 4002, undefined, 2200),
  ];
  expect(show(events, SMALL, 3000)).toMatchInlineSnapshot(`
    "
    Step   701/5,002 ━━──────────────────  14%  3 s
      so far                  1 ran
      last                    list
      running            2 s  each  1,700/5,000 items, 34%, 200/s, 64 at once
      running            2 s  each@0
      running            2 s  each@1
      running            2 s  each@2
      running            2 s  other"
  `);
  const settled = event('task_settled', 'each', { items: 5000, counts: counts({ ran: 5000 }), dropped: 0 });
  const over = Array.from({ length: 64 }, (_, at) => ran(`each@${at}`, 200 + at, 100)).flat();
  expect(show([...events, ...over, settled], SMALL, 3000)).toMatchInlineSnapshot(`
    "
    Step   701/5,002 ━━──────────────────  14%  3 s
      so far                  65 ran
      last                    each@63, each@62, each@61, each@60, each@59
      running            2 s  other"
  `);
});
