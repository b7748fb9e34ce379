/**
 * Tries a plugin package: reads its manifest, builds its examples, and gives their stages the same request again and
 * again, changed in one thing at a time. Writes in a folder of its own, never in the package.
 */
import { posix } from 'node:path';
import { isWithin } from '../digest/tree.ts';
import type { Conformance, ConformanceCheck } from '../model/conformance.ts';
import type { Plugin } from '../model/plugin.ts';
import { member, PackageReader, textMember } from '../plugin/package-reader.ts';
import { readPlugins } from '../plugin/read-plugins.ts';
import type { Json } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import { TestBench } from './conformance/attempts.ts';
import { BATCH_CHECKS } from './conformance/batch-checks.ts';
import type { ExampleRequest, Sample } from './conformance/examples.ts';
import { buildExample, findExamples, findExpected } from './conformance/examples.ts';
import type { Verdict } from './conformance/stage-checks.ts';
import { BUILD_CHECKS, STAGE_CHECKS, workspaceContents } from './conformance/stage-checks.ts';
import { WORKER_CHECKS } from './conformance/worker-checks.ts';
import type { Mistakes } from './loaded.ts';
import type { EnginePorts } from './ports.ts';
import type { EnvironmentProblem, Invalid } from './requests.ts';

export interface ConformanceRequest {
  readonly ports: EnginePorts;
  readonly openWorkspace: ExampleRequest['openWorkspace'];
  /** The package; absolute. */
  readonly dir: string;
  /** An empty folder, absolute, links resolved; not emptied at the end. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** Called with each check as it ends, in order. */
  readonly onCheck: (check: ConformanceCheck) => void;
}

export type ConformanceReport =
  | ({ readonly status: 'tested' } & Conformance)
  | { readonly status: 'interrupted' }
  | Invalid
  | EnvironmentProblem;

export async function testPlugin(request: ConformanceRequest): Promise<ConformanceReport> {
  const { ports, dir, scratch, signal } = request;
  const read = readTested(ports, dir);
  if (!read.ok) return { status: 'invalid', mistakes: read.mistakes };
  const { plugin, packageJson } = read;

  const samples: Sample[] = [];
  const outputs: string[] = [];
  for (const [at, file] of findExamples(ports.fs, plugin).entries()) {
    const workspace = `${scratch}/example-${at + 1}`;
    const built = await buildExample({ ...request, plugin, file, workspace });
    if (signal.aborted) return { status: 'interrupted' };
    if (built.status !== 'built') return built;
    samples.push(...built.samples);
    outputs.push(...built.outputs);
  }

  const checks: ConformanceCheck[] = [];
  const tell = (check: ConformanceCheck) => {
    checks.push(check);
    request.onCheck(check);
  };
  const stray = findExpected(ports.fs, plugin).filter((file) => !outputs.some((output) => isWithin(file, output)));
  for (const check of packageChecks(plugin, packageJson, samples, stray)) tell(check);
  const ledger = `${scratch}/processes`;
  const runner = await ports.createRunner({ plugins: true, expected: 1, lockFd: undefined, ledger });
  const openWorkers = () => ports.createWorkers({ slots: 1, lockFd: undefined, ledger: `${scratch}/workers` });
  const { fs, clock } = ports;
  const bench = new TestBench({ fs, clock, runner, openWorkers }, `${scratch}/attempts`, signal);
  try {
    for (const sample of samples) {
      await testSample(bench, sample, signal, tell);
      if (signal.aborted) return { status: 'interrupted' };
    }
  } finally {
    await bench.closeWorkers();
    await runner.close();
  }
  return { status: 'tested', plugin: plugin.name, version: plugin.version, checks };
}

type ReadTested =
  | { readonly ok: true; readonly plugin: Plugin; readonly packageJson: Json }
  | { readonly ok: false; readonly mistakes: Mistakes };

/** It is listed nowhere, so it is taken by the name that it gives itself. */
function readTested({ fs, version }: EnginePorts, dir: string): ReadTested {
  const reader = new PackageReader(fs, dir);
  const found = reader.openFolder(dir);
  const packageJson = found?.ok ? found.value.json.value : null;
  const manifest = textMember(member(packageJson, 'wrangle'), 'manifest');
  const file = manifest === undefined ? undefined : reader.readJson(posix.join(dir, manifest));
  const name = (file?.ok ? textMember(file.value.value, 'name') : undefined) ?? posix.basename(dir);
  const refs = [{ name, ref: dir, location: undefined }];
  const { plugins, diagnostics, texts } = readPlugins({ fs, workspace: dir, wrangleVersion: version, refs });
  const [plugin] = plugins;
  return plugin ? { ok: true, plugin, packageJson } : { ok: false, mistakes: { diagnostics, texts } };
}

function packageChecks(
  plugin: Plugin,
  packageJson: Json,
  samples: readonly Sample[],
  stray: readonly string[],
): ConformanceCheck[] {
  const keywords = member(packageJson, 'keywords');
  const hasKeyword = Array.isArray(keywords) && keywords.includes('wrangle-plugin');
  const missing = plugin.types.filter((type) => !samples.some((sample) => sample.type === type));
  const ofPackage = (check: string, sentence: string, reason: string | null): ConformanceCheck => {
    return { check, example: null, stage_type: null, outcome: reason === null ? 'passed' : 'failed', sentence, reason };
  };
  return [
    ofPackage('manifest', 'Its manifest can be read, and what it names is there.', null),
    ofPackage(
      'keyword',
      'Its package.json has the keyword "wrangle-plugin".',
      hasKeyword ? null : 'Without "keywords": ["wrangle-plugin"] nobody finds it.',
    ),
    ofPackage(
      'examples',
      'A pipeline in examples/ uses every stage type.',
      missing.length === 0 ? null : `None uses ${missing.map(({ name }) => quoteName(name)).join(', ')}.`,
    ),
    ofPackage(
      'expected-files',
      'Every file in examples/expected/ is one that an example makes.',
      stray.length === 0 ? null : `None makes ${stray.map(quoteName).join(', ')}.`,
    ),
  ];
}

async function testSample(
  bench: TestBench,
  sample: Sample,
  signal: AbortSignal,
  tell: (check: ConformanceCheck) => void,
): Promise<void> {
  const say = ({ check, sentence }: { check: string; sentence: string }, verdict: Verdict) =>
    tell({
      check,
      example: sample.name,
      stage_type: sample.type.name,
      outcome: verdict?.outcome ?? 'passed',
      sentence,
      reason: verdict?.reason ?? null,
    });
  for (const one of BUILD_CHECKS) say(one, one.run(sample));
  const { started, failure, notRun } = sample;
  const { batch, worker } = sample.type;
  const checks = [...STAGE_CHECKS, ...(batch ? BATCH_CHECKS : []), ...(worker ? WORKER_CHECKS : [])];
  if (!started || failure || notRun !== undefined) {
    for (const one of checks) say(one, { outcome: 'skipped', reason: 'It was not built.' });
    return;
  }
  const untouched = workspaceContents(bench, sample);
  const plain = await bench.attempt(sample, started);
  for (const one of checks) {
    const verdict = await (plain.problem === undefined
      ? one.run({ bench, sample, started, plain, untouched })
      : { outcome: 'failed' as const, reason: `Given its request once more, it does not end well. ${plain.problem}` });
    // What was stopped says nothing.
    if (signal.aborted) return;
    say(one, verdict);
  }
}
