// The documents of `--json`: whole, because their shape is a promise.
import { expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import type { PlannedStage } from '../../../src/model/plan.ts';
import type { Plugin } from '../../../src/model/plugin.ts';
import type { RunSummary } from '../../../src/model/run-record.ts';
import {
  buildDocument,
  checkDocument,
  errorDocument,
  graphDocument,
  isUpToDate,
  mistakesDocument,
  planDocument,
  pluginsDocument,
  printDocument,
  runsDocument,
  stagesDocument,
  statusDocument,
  whyDocument,
} from '../../../src/report/documents.ts';
import { pluginsText } from '../../../src/report/plugins-text.ts';
import { runsText } from '../../../src/report/runs-text.ts';
import { stagesText, stageTypeText } from '../../../src/report/stages-text.ts';
import { PLAIN } from '../../../src/report/style.ts';
import { HeardRun } from '../../support/hear-run.ts';
import { GRAPH } from './sample-graph.ts';
import { APPROVE, counts, DATA_CHANGED, event, failedRun, RUN_ID, ran, triedAgain } from './sample-run.ts';

test('build: stages sorted by id, whatever the order in which they ended', () => {
  const heard = new HeardRun(failedRun());
  expect(printDocument(buildDocument(heard.collected()))).toMatchInlineSnapshot(`
    "{
      "run_id": "20261121-043512-k3f9",
      "pipeline": "pipelines/full.yaml",
      "outcome": "failed",
      "counts": {
        "fresh": 2,
        "restored": 1,
        "ran": 2,
        "failed": 1,
        "blocked": 2,
        "skipped": 0,
        "suspended": 0,
        "cancelled": 0
      },
      "duration_ms": 3100,
      "saved_ms": 185000,
      "warnings": [
        {
          "code": "output-displaced",
          "stage": "report",
          "message": "The edited \\"build/report.csv\\" is kept in \\".wrangle/displaced/build/report.csv\\"."
        }
      ],
      "stages": {
        "a": {
          "outcome": "fresh",
          "attempts": 0,
          "duration_ms": 0,
          "reason": "nothing it depends on changed",
          "failure": null,
          "question": null,
          "metrics": null,
          "degraded": null,
          "vote": null,
          "same_twice": null
        },
        "b": {
          "outcome": "fresh",
          "attempts": 0,
          "duration_ms": 0,
          "reason": "nothing it depends on changed",
          "failure": null,
          "question": null,
          "metrics": null,
          "degraded": null,
          "vote": null,
          "same_twice": null
        },
        "clean": {
          "outcome": "ran",
          "attempts": 1,
          "duration_ms": 1200,
          "reason": "input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)",
          "failure": null,
          "question": null,
          "metrics": {
            "rows": 3
          },
          "degraded": null,
          "vote": null,
          "same_twice": null
        },
        "mail": {
          "outcome": "blocked",
          "attempts": 0,
          "duration_ms": 0,
          "reason": "waits for publish",
          "failure": null,
          "question": null,
          "metrics": null,
          "degraded": null,
          "vote": null,
          "same_twice": null
        },
        "page": {
          "outcome": "blocked",
          "attempts": 0,
          "duration_ms": 0,
          "reason": "waits for publish",
          "failure": null,
          "question": null,
          "metrics": null,
          "degraded": null,
          "vote": null,
          "same_twice": null
        },
        "profile": {
          "outcome": "restored",
          "attempts": 0,
          "duration_ms": 0,
          "reason": "its result was in the store",
          "failure": null,
          "question": null,
          "metrics": null,
          "degraded": null,
          "vote": null,
          "same_twice": null
        },
        "publish": {
          "outcome": "failed",
          "attempts": 1,
          "duration_ms": 300,
          "reason": "It ended with exit code 1.",
          "failure": {
            "code": "exit-code",
            "category": "critical",
            "message": "It ended with exit code 1.",
            "exit_code": 1,
            "tail": [
              "reading build/clean.csv",
              "ValueError: no rows"
            ],
            "log": ".wrangle/runs/20261121-043512-k3f9/stages/publish/1.log",
            "kept": ".wrangle/failed/publish/20261121-043512-k3f9-1"
          },
          "question": null,
          "metrics": null,
          "degraded": null,
          "vote": null,
          "same_twice": null
        },
        "report": {
          "outcome": "ran",
          "attempts": 1,
          "duration_ms": 40,
          "reason": "input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)",
          "failure": null,
          "question": null,
          "metrics": {
            "rows": 3
          },
          "degraded": null,
          "vote": null,
          "same_twice": null
        }
      }
    }
    "
  `);
});

const CHANGED: PlannedStage = { id: 'clean', decision: 'run', causes: [DATA_CHANGED] };
const WAITS: PlannedStage = {
  id: 'report',
  decision: 'may-run',
  causes: [{ part: 'input', change: 'upstream', name: 'clean', before: undefined, after: undefined }],
};
const FRESH: PlannedStage = { id: 'profile', decision: 'fresh', causes: [] };
const SKIPPED: PlannedStage = { id: 'publish', decision: 'fresh', causes: [], skip: 'its "when" is false' };

test('plan, status and why', () => {
  const clean = {
    part: 'input',
    change: 'changed',
    name: 'data: data/a.csv',
    before: DATA_CHANGED.before,
    after: DATA_CHANGED.after,
  };
  const upstream = { part: 'input', change: 'upstream', name: 'clean', before: null, after: null };
  const stages = [
    { id: 'clean', decision: 'run', causes: [clean], skipped: false, reason: null, degraded: null, up_to: null },
    {
      id: 'report',
      decision: 'may-run',
      causes: [upstream],
      skipped: false,
      reason: null,
      degraded: null,
      up_to: null,
    },
    { id: 'profile', decision: 'fresh', causes: [], skipped: false, reason: null, degraded: null, up_to: null },
    {
      id: 'publish',
      decision: 'fresh',
      causes: [],
      skipped: true,
      reason: 'its "when" is false',
      degraded: null,
      up_to: null,
    },
  ];
  const planned = [CHANGED, WAITS, FRESH, SKIPPED];
  const byDecision = { run: 1, restore: 0, fresh: 2, 'may-run': 1 };
  expect(planDocument('p.yaml', planned)).toEqual({ pipeline: 'p.yaml', counts: byDecision, stages });
  const nothing = { ranAtMs: undefined, tookMs: undefined, askedAtMs: undefined };
  const remembered = planned.map((stage) => ({ ...stage, ...nothing }));
  const profile = { ...FRESH, ...nothing, ranAtMs: Date.parse('2026-11-21T04:35:12Z'), tookMs: 5 };
  expect(statusDocument('p.yaml', [...remembered.slice(0, 2), profile, ...remembered.slice(3)], ['old.csv'])).toEqual({
    pipeline: 'p.yaml',
    up_to_date: false,
    counts: byDecision,
    stages: [
      ...stages.slice(0, 2).map((stage) => ({ ...stage, last_run_at: null, duration_ms: null })),
      { ...stages[2], last_run_at: '2026-11-21T04:35:12.000Z', duration_ms: 5 },
      { ...stages[3], last_run_at: null, duration_ms: null },
    ],
    questions: [],
    orphans: ['old.csv'],
  });
  const waits = { ...CHANGED, ...nothing, waiting: APPROVE, question: APPROVE, askedAtMs: 0 };
  const { questions } = statusDocument('p.yaml', [waits], []);
  expect(questions).toEqual([{ stage: 'clean', ...APPROVE, asked_at: '1970-01-01T00:00:00.000Z' }]);
  const because = { skipped: false, reason: null, degraded: null };
  expect(whyDocument(CHANGED)).toEqual({ stage: 'clean', decision: 'run', causes: [clean], ...because });
});

test('up to date means nothing to run and no contract to check', () => {
  expect(isUpToDate([FRESH, SKIPPED])).toBe(true);
  expect(isUpToDate([FRESH, WAITS])).toBe(false);
  const contract = { part: 'expect', change: 'changed', name: '', before: 'a', after: 'b' } as const;
  expect(isUpToDate([{ ...FRESH, causes: [contract] }])).toBe(false);
});

test('graph', () => {
  expect(printDocument(graphDocument(GRAPH))).toMatchInlineSnapshot(`
    "{
      "pipeline": "pipelines/full.yaml",
      "stages": [
        {
          "id": "clean",
          "description": null,
          "uses": "tabular/query",
          "with": {
            "sql": "select \${{ inputs.data }}"
          },
          "inputs": {
            "data": "data/a.csv"
          },
          "outputs": {
            "csv": "build/clean.csv",
            "rejects": "build/rejects/"
          },
          "needs": [],
          "foreach": null,
          "tags": []
        },
        {
          "id": "report",
          "description": null,
          "run": "cat \${{ inputs.csv }} > \${{ outputs.md }}",
          "inputs": {
            "csv": "build/clean.csv"
          },
          "outputs": {
            "md": "build/\\"report\\".md"
          },
          "needs": [],
          "foreach": null,
          "tags": [
            "nightly"
          ]
        },
        {
          "id": "publish",
          "description": null,
          "run": [
            "cp",
            "-r",
            "\${{ inputs.all }}"
          ],
          "inputs": {
            "all": [
              "build/rej*/*.csv"
            ]
          },
          "outputs": {
            "site": "site/"
          },
          "needs": [
            "report"
          ],
          "foreach": null,
          "tags": []
        }
      ],
      "edges": [
        {
          "from": "clean",
          "to": "report",
          "via": "build/clean.csv"
        },
        {
          "from": "clean",
          "to": "publish",
          "via": "build/rej*/*.csv"
        },
        {
          "from": "report",
          "to": "publish",
          "via": "needs"
        }
      ]
    }
    "
  `);
});

const DIAGNOSTICS: readonly Diagnostic[] = [
  {
    code: 'odd',
    severity: 'warning',
    message: 'Odd.',
    location: undefined,
    related: [],
    help: undefined,
  },
  {
    code: 'input-not-found',
    severity: 'error',
    message: 'No stage makes "data/raw.csv" and no such file exists.',
    location: { file: 'p.yaml', line: 7, column: 23, end_line: 7, end_column: 35 },
    related: [{ message: 'Made here.', location: { file: 'q.yaml', line: 3, column: 1, end_line: 3, end_column: 2 } }],
    help: 'Did you mean "data/row.csv"?',
  },
];

test('check, and any command that found mistakes', () => {
  expect(checkDocument(DIAGNOSTICS).ok).toBe(false);
  expect(checkDocument(DIAGNOSTICS.slice(0, 1)).ok).toBe(true);
  expect(checkDocument(DIAGNOSTICS).diagnostics).toEqual(mistakesDocument(DIAGNOSTICS).diagnostics);
  expect(printDocument(mistakesDocument(DIAGNOSTICS))).toMatchInlineSnapshot(`
    "{
      "error": {
        "code": "input-not-found",
        "message": "No stage makes \\"data/raw.csv\\" and no such file exists.",
        "file": "p.yaml",
        "line": 7,
        "column": 23,
        "help": "Did you mean \\"data/row.csv\\"?"
      },
      "diagnostics": [
        {
          "code": "odd",
          "severity": "warning",
          "message": "Odd.",
          "file": null,
          "line": null,
          "column": null,
          "end_line": null,
          "end_column": null,
          "related": [],
          "help": null
        },
        {
          "code": "input-not-found",
          "severity": "error",
          "message": "No stage makes \\"data/raw.csv\\" and no such file exists.",
          "file": "p.yaml",
          "line": 7,
          "column": 23,
          "end_line": 7,
          "end_column": 35,
          "related": [
            {
              "message": "Made here.",
              "file": "q.yaml",
              "line": 3,
              "column": 1,
              "end_line": 3,
              "end_column": 2
            }
          ],
          "help": "Did you mean \\"data/row.csv\\"?"
        }
      ]
    }
    "
  `);
});

test('an error that is in no file', () => {
  expect(errorDocument('locked', 'Another build is running.', 'Wait for it.')).toEqual({
    error: {
      code: 'locked',
      message: 'Another build is running.',
      file: null,
      line: null,
      column: null,
      help: 'Wait for it.',
    },
    diagnostics: [],
  });
});

const RUNS: readonly RunSummary[] = [
  {
    run_id: RUN_ID,
    pipeline: 'pipelines/full.yaml',
    started_at: '2026-11-21T04:35:12.000Z',
    outcome: 'done',
    duration_ms: 1234,
    counts: counts({ ran: 2, fresh: 1200 }),
  },
  {
    run_id: '20261120-043512-abcd',
    pipeline: 'p.yaml',
    started_at: '2026-11-20T04:35:12.000Z',
    outcome: 'interrupted',
    duration_ms: 185_000,
    counts: counts({}),
  },
];

test('runs', () => {
  const blocked = event('task_blocked', 'page', { by: ['publish'] });
  const heard = new HeardRun([...triedAgain('b', 0), ...ran('a', 0, 5), blocked]);
  const stages = Object.fromEntries(heard.collected().stages);
  const attemptsOf = (id: string) => ({ outcome: 'ran', attempts: stages[id]?.attempts, question: null });
  const documents = RUNS.map((run, at) => ({
    ...run,
    undoes: null,
    stages: at === 0 ? { a: attemptsOf('a'), b: attemptsOf('b') } : {},
  }));
  expect(runsDocument(RUNS.map((run, at) => ({ ...run, stages: at === 0 ? stages : {} })))).toEqual({
    runs: documents,
  });
  expect(stages['b']?.attempts.map(({ number, outcome }) => `${number} ${outcome}`)).toEqual(['1 failed', '2 ran']);
  expect(runsText(RUNS, PLAIN)).toMatchInlineSnapshot(`
    "run                   started (UTC)        outcome      time        stages              pipeline
    20261121-043512-k3f9  2026-11-21 04:35:12  done         1.2 s       2 ran, 1,200 fresh  pipelines/full.yaml
    20261120-043512-abcd  2026-11-20 04:35:12  interrupted  3 min 05 s  no stages           p.yaml
    "
  `);
  const undone = RUNS.slice(0, 1).map((run) => ({ ...run, undoes: '20261120-043512-abcd' }));
  expect(runsText(undone, PLAIN)).toContain('undid 20261120-043512-abcd');
  expect(runsText([], PLAIN)).toBe('There are no runs yet.\n');
});

const PLUGIN: Plugin = {
  name: 'tabular',
  version: '0.1.0',
  dir: '/w/plugins/tabular',
  found: { ref: './plugins/tabular', by: 'folder' },
  code_digest: 'x',
  types: [
    {
      name: 'tabular/profile',
      plugin: 'tabular',
      plugin_version: '0.1.0',
      dir: '/w/plugins/tabular',
      description: 'Column statistics of a table.',
      run: { node: './dist/profile.js' },
      params: {
        type: 'object',
        required: ['mode'],
        properties: {
          sample: { type: 'integer', default: 100000, description: 'Rows to look at.' },
          mode: { enum: ['fast', 'exact'] },
          columns: { type: 'array', items: { type: 'string' }, description: 'All, if \u001b[2Jabsent.' },
          any: true,
          null_text: { type: ['string', 'null'], default: null },
        },
      },
      inputs: {
        data: {
          description: 'A table.',
          kind: 'file',
          media: ['text/csv', 'application/json'],
          optional: false,
          many: true,
        },
      },
      outputs: { profile: { kind: 'file', media: ['application/json'], optional: true, many: false } },
      command: 'profile',
      platform: 'any',
      worker: false,
      batch: false,
      version: 1,
      code_digest: 'x',
    },
    {
      name: 'tabular/copy',
      plugin: 'tabular',
      plugin_version: '0.1.0',
      dir: '/w/plugins/tabular',
      description: 'Copies.',
      run: { argv: ['cp'] },
      params: {},
      inputs: {},
      outputs: { copy: { kind: 'folder', media: [], optional: false, many: false } },
      platform: 'native',
      worker: false,
      batch: false,
      version: 1,
      code_digest: 'x',
    },
  ],
};

test('stages: what each stage type takes and makes', () => {
  expect(stagesText(PLUGIN.types, PLAIN)).toMatchInlineSnapshot(`
    "tabular/copy     Copies.
    tabular/profile  Column statistics of a table.

    In full: wrangle stages TYPE. As a command: wrangle stage TYPE --help.
    "
  `);
  expect(PLUGIN.types.map((type) => stageTypeText(type, PLAIN)).join('\n')).toMatchInlineSnapshot(`
    "tabular/profile  tabular 0.1.0
      Column statistics of a table.
      As a command: wrangle profile
      inputs:
        data  files  A table. (text/csv, application/json)
      outputs:
        profile  file, optional  (application/json)
      with:
        sample     whole number, default 100000  Rows to look at.
        mode       "fast" or "exact", required
        columns    list of text                  All, if ^[[2Jabsent.
        any        anything
        null_text  text or null, default null

    tabular/copy  tabular 0.1.0
      Copies.
      As a command: wrangle stage tabular/copy
      outputs:
        copy  folder
    "
  `);
  expect(stagesText([], PLAIN)).toMatchInlineSnapshot(`
    "There are no stage types: .wranglerrc.yaml lists no plugins. Stages can still \`run\` commands.
    "
  `);
  expect(stagesDocument(PLUGIN.types).stages.map(({ name, params }) => [name, params])).toEqual([
    ['tabular/copy', {}],
    ['tabular/profile', PLUGIN.types[0]?.params],
  ]);
});

test('plugin list: where each plugin is and how it was found', () => {
  const linked: Plugin = {
    ...PLUGIN,
    name: 'geo',
    dir: '/w/node_modules/@acme/geo',
    found: { ref: '@acme/geo', by: 'package', linked_to: '/src/geo' },
    types: [],
  };
  expect(pluginsText([PLUGIN, linked], PLAIN)).toMatchInlineSnapshot(`
    "tabular 0.1.0
      where:  /w/plugins/tabular
      found:  the folder ./plugins/tabular
      stages: tabular/profile (wrangle profile), tabular/copy
    geo 0.1.0
      where:  /w/node_modules/@acme/geo
      found:  the package @acme/geo in node_modules, a link to /src/geo
      stages: 
    "
  `);
  expect(pluginsText([], PLAIN)).toMatchInlineSnapshot(`
    "There are no plugins: .wranglerrc.yaml lists none.
    "
  `);
  expect(pluginsDocument([PLUGIN, linked])).toMatchInlineSnapshot(`
    {
      "plugins": [
        {
          "commands": [
            "profile",
          ],
          "dir": "/w/plugins/tabular",
          "linked_to": null,
          "name": "tabular",
          "ref": "./plugins/tabular",
          "resolved": "folder",
          "stages": [
            "tabular/profile",
            "tabular/copy",
          ],
          "version": "0.1.0",
        },
        {
          "commands": [],
          "dir": "/w/node_modules/@acme/geo",
          "linked_to": "/src/geo",
          "name": "geo",
          "ref": "@acme/geo",
          "resolved": "package",
          "stages": [],
          "version": "0.1.0",
        },
      ],
    }
  `);
});
