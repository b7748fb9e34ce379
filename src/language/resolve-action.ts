/** What a stage runs: its command, or its stage type with params; and the variables for it. */
import * as catalog from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { StageAction, Template } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import type { Json } from '../util/canonical-json.ts';
import type { OwnPaths } from './command-template.ts';
import { commandTemplate, plainTemplate } from './command-template.ts';
import type { ForLater } from './look-up.ts';
import type { ReferredOutput } from './references.ts';
import { References } from './references.ts';
import { resolveWith } from './resolve-with.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping, joinPieces } from './stage-reader.ts';
import { textOf } from './value-text.ts';

export interface ResolvedAction {
  readonly action: StageAction;
  readonly env: { readonly [name: string]: Template };
  /** Own outputs that the command or a variable refers to. */
  readonly referredOutputs: ReadonlySet<string> | 'all';
  /** Outputs of other stages that are referred to, each with the first place where. */
  readonly referredStages: readonly ReferredOutput[];
}

export interface ActionContext {
  readonly own: OwnPaths;
  readonly later: ForLater;
  readonly types: ReadonlyMap<string, StageType>;
  readonly unavailable: ReadonlySet<string>;
  /** For a stage that says nothing, nor its file. */
  readonly shell: 'bash' | 'sh';
  /** What has no command, where it is not the stage. */
  readonly of?: string;
}

/** Stands for what could not be read; a pipeline with mistakes is not run. */
const NOTHING: StageAction = { kind: 'argv', argv: [] };

export function resolveAction(reader: StageReader, context: ActionContext): ResolvedAction {
  const references = new References(reader);
  const action = readAction(reader, context, references);
  const env = readEnv(reader, context, references);
  return { action, env, referredOutputs: references.outputs, referredStages: references.stages };
}

function readAction(reader: StageReader, context: ActionContext, references: References): StageAction {
  const run = reader.own('run');
  const uses = reader.own('uses');
  const conflict = (keys: string[], reason: string) =>
    reader.report(
      reader.pointer(keys[0] ?? ''),
      (location) => catalog.conflictingKeys({ keys, reason, location }),
      'key',
    );
  if (run && uses) conflict(['uses', 'run'], 'a stage has a stage type or a command of its own');
  else if (run && reader.own('with')) conflict(['with', 'run'], 'params are for stage types');
  if (uses && reader.own('shell')) conflict(['shell', 'uses'], 'a stage type has no shell');
  else if (Array.isArray(run?.value) && reader.own('shell')) {
    conflict(['shell', 'run'], 'a command that is a list runs without a shell');
  }
  if (uses) return readUses(reader, uses, context, references);
  if (run) return readRun(reader, run, context, references);
  reader.report(
    reader.pointer(),
    (location) =>
      catalog.missingKey({ key: 'run', of: context.of ?? 'A stage', location, help: 'Or "uses", with a stage type.' }),
    'key',
  );
  return NOTHING;
}

function readRun(reader: StageReader, run: Placed, context: ActionContext, references: References): StageAction {
  const { value, pointer } = run;
  if (Array.isArray(value)) return { kind: 'argv', argv: readArgv(reader, run, context, references) };
  if (typeof value !== 'string') return NOTHING;
  const pieces = reader.pieces(value, pointer, context.later);
  if (!pieces) return NOTHING;
  references.add(pieces, pointer);
  return {
    kind: 'shell',
    shell: readShell(reader, context),
    command: commandTemplate(reader, pieces, pointer, context.own),
  };
}

function readShell(reader: StageReader, context: ActionContext): 'bash' | 'sh' {
  const placed = reader.own('shell') ?? reader.fallback('shell');
  if (!placed) return context.shell;
  const value = reader.value(placed);
  if (value === 'bash' || value === 'sh') return value;
  if (value !== undefined) {
    const message = `"shell" must be "bash" or "sh", not ${JSON.stringify(value)}.`;
    reader.report(placed.pointer, (location) => catalog.invalidValue({ message, location }));
  }
  return context.shell;
}

function readArgv(reader: StageReader, run: Placed, context: ActionContext, references: References): Template[] {
  const argv: Template[] = [];
  for (const [index, item] of (run.value as readonly Json[]).entries()) {
    const pointer = [...run.pointer, index];
    if (typeof item !== 'string') {
      argv.push([textOf(item)]);
      continue;
    }
    const pieces = reader.pieces(item, pointer, context.later);
    if (!pieces) continue;
    references.add(pieces, pointer);
    const { value, single } = joinPieces(pieces);
    if (single && Array.isArray(value)) for (const word of value as readonly Json[]) argv.push([textOf(word)]);
    else argv.push(plainTemplate(pieces));
  }
  return argv;
}

function readUses(reader: StageReader, uses: Placed, context: ActionContext, references: References): StageAction {
  const name = reader.value(uses);
  if (typeof name !== 'string') return NOTHING;
  const type = context.types.get(name);
  if (!type) {
    const plugin = name.split('/', 1)[0] ?? '';
    if (context.unavailable.has(plugin)) return NOTHING;
    const isListed = [...context.types.values()].some((known) => known.plugin === plugin);
    reader.report(uses.pointer, (location) =>
      catalog.unknownStageType({
        type: name,
        location,
        suggestion: nearest(name, context.types.keys()),
        help: isListed
          ? `"wrangle stages" lists what there is.`
          : `List the plugin that has it under "plugins" in ".wranglerrc.yaml".`,
      }),
    );
  }
  return { kind: 'type', type: name, with: resolveWith(reader, type, uses, context.later, references) };
}

function readEnv(reader: StageReader, context: ActionContext, references: References): { [name: string]: Template } {
  const env: { [name: string]: Template } = Object.create(null);
  const layers = reader.layers('env');
  for (const [at, placed] of layers.entries()) {
    if (!isMapping(placed?.value)) continue;
    for (const [name, value] of Object.entries(placed.value)) {
      const pointer = [...placed.pointer, name];
      if (name.startsWith('WRANGLE_')) {
        const rule = 'Names that begin with "WRANGLE_" are for wrangle itself.';
        reader.report(pointer, (location) => catalog.invalidName({ what: 'a variable', name, rule, location }), 'key');
        continue;
      }
      // What is replaced further in has nothing to say.
      if (layers.slice(at + 1).some((over) => isMapping(over?.value) && Object.hasOwn(over.value, name))) continue;
      const pieces = reader.pieces(textOf(value), pointer, context.later);
      if (!pieces) continue;
      references.add(pieces, pointer);
      env[name] = plainTemplate(pieces);
    }
  }
  return env;
}
