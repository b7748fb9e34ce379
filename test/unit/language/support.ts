// A pipeline in memory, loaded. Knows one workspace, /ws, and one plugin.
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import type { LoadOutcome, ParamOverride } from '../../../src/language/load-pipeline.ts';
import { loadPipeline } from '../../../src/language/load-pipeline.ts';
import type { Stage } from '../../../src/model/pipeline.ts';
import type { PortDeclaration, StageType } from '../../../src/model/plugin.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const WORKSPACE = '/ws';

export function port(given: Partial<PortDeclaration> = {}): PortDeclaration {
  return { kind: 'file', media: [], optional: false, many: false, ...given };
}

export function stageType(given: Partial<StageType> = {}): StageType {
  return {
    name: 'tabular/profile',
    plugin: 'tabular',
    plugin_version: '1.0.0',
    dir: '/plugins/tabular',
    description: '',
    run: { node: './profile.js' },
    params: {
      type: 'object',
      additionalProperties: false,
      properties: { sample: { type: 'integer', minimum: 1, default: 100_000 }, columns: { type: 'array' } },
    },
    inputs: { data: port() },
    outputs: { profile: port() },
    platform: 'any',
    worker: false,
    batch: false,
    version: 1,
    code_digest: 'c0de',
    ...given,
  };
}

export interface LoadGiven {
  readonly files?: { readonly [path: string]: string };
  readonly params?: readonly ParamOverride[];
  readonly env?: { readonly [name: string]: string };
  readonly types?: readonly StageType[];
  readonly shell?: 'bash' | 'sh';
}

/** `text` is that of `p.yaml`. */
export function load(text: string | Uint8Array, given: LoadGiven = {}): LoadOutcome {
  const fs = new MemoryFileSystem();
  fs.makeFolder(WORKSPACE);
  fs.write({ [`${WORKSPACE}/p.yaml`]: text });
  for (const [path, content] of Object.entries(given.files ?? {})) fs.write({ [`${WORKSPACE}/${path}`]: content });
  return loadPipeline({
    fs,
    workspace: WORKSPACE,
    file: `${WORKSPACE}/p.yaml`,
    params: given.params ?? [],
    env: given.env ?? {},
    types: new Map((given.types ?? [stageType()]).map((type) => [type.name, type])),
    shell: given.shell,
  });
}

/** JSON is YAML. */
export function loadJson(document: Json, given: LoadGiven = {}): LoadOutcome {
  return load(JSON.stringify(document), given);
}

/** One line each, in order: `line:column code`. */
export function found({ diagnostics }: LoadOutcome): string[] {
  return diagnostics.map(({ location, code }) => `${location?.line}:${location?.column} ${code}`).sort();
}

export function printed({ diagnostics, texts }: LoadOutcome): string {
  return printDiagnostics(diagnostics, texts);
}

/** The stages, when nothing is wrong. */
export function stagesOf(outcome: LoadOutcome): readonly Stage[] {
  if (outcome.diagnostics.length > 0 || !outcome.pipeline) throw new Error(printed(outcome));
  return outcome.pipeline.stages;
}

export function stageOf(outcome: LoadOutcome, id: string): Stage {
  const stage = stagesOf(outcome).find((candidate) => candidate.id === id);
  if (!stage) throw new Error(`no stage ${id}`);
  return stage;
}
