/**
 * Fingerprints: everything that may change what a stage writes, in named parts (DESIGN "Promises", 4). Pure.
 * What is declared is hashed once, when the pipeline is loaded; what the inputs hold is added when a stage is looked at.
 */
import type { Fingerprint, FingerprintEntry } from '../model/fingerprint.ts';
import { PARTS } from '../model/fingerprint.ts';
import type { Stage, StageAction, Strategy } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import type { Answers } from '../model/question.ts';
import { actionsOf } from '../model/strategy.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import { sha256 } from '../util/hash.ts';
import type { ResolvedPort } from './resolve-inputs.ts';
import { inputDigests } from './resolve-inputs.ts';
import { templateText, templateValueJson } from './template-text.ts';

/** Changes when the meaning of a fingerprint does, so that old records are simply never found. */
const FINGERPRINT_FORMAT = 2;

/** What of the machine counts, unless a stage says `platform: any`. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
  readonly nodeMajor: number;
}

/** Of the name of a stage type; undefined for one that nobody provides. */
export type TypeOf = (name: string) => StageType | undefined;

/** The parts that follow from the pipeline and its plugins alone; sorted as in `Fingerprint`. */
export function declaredEntries(stage: Stage, typeOf: TypeOf, platform: Platform): FingerprintEntry[] {
  const entries: FingerprintEntry[] = [];
  const add = (part: FingerprintEntry['part'], name: string, value: string) => entries.push({ part, name, value });

  const { action } = stage;
  const type = action.kind === 'type' ? typeOf(action.type) : undefined;
  if (action.kind === 'type') {
    add('command', '', action.type);
    // The version is for people: one that changed alone changes nothing.
    const label = `${type?.plugin} ${type?.plugin_version}`;
    if (type) entries.push({ part: 'code', name: '', value: type.code_digest, label });
    const params = templateValueJson(action.with);
    if (params !== null && typeof params === 'object') {
      for (const [name, value] of Object.entries(params)) add('with', name, canonicalJson(value));
    }
  } else if (action.kind === 'shell') {
    add('command', '', templateText(action.command));
    add('shell', '', action.shell);
  } else {
    add('command', '', canonicalJson(action.argv.map(templateText)));
    add('shell', '', 'none');
  }
  for (const [name, value] of Object.entries(stage.env)) add('env', name, templateText(value));
  for (const port of stage.outputs) {
    for (const [index, item] of port.items.entries()) {
      add(
        'output',
        port.list ? `${port.name}[${index}]` : port.name,
        item.kind === 'folder' ? `${item.path}/` : item.path,
      );
    }
  }
  for (const [at, strategy] of (stage.fallback ?? []).entries()) {
    add('fallback', strategy.name, canonicalJson({ ...strategyJson(strategy, typeOf), order: at + 1 }));
  }
  for (const [name, value] of Object.entries(stage.vote ?? {})) add('vote', name, String(value));
  if (stage.version !== null) add('version', '', canonicalJson(stage.version));
  if (stage.platform === 'native') {
    const isNode = (one: StageAction) => one.kind === 'type' && 'node' in (typeOf(one.type)?.run ?? {});
    const node = actionsOf(stage).some(isNode) ? ` node${platform.nodeMajor}` : '';
    add('platform', '', `${platform.os} ${platform.arch}${node}`);
  }
  return entries.sort(byPartAndName);
}

/** What of it may change what it makes; when it is tried again and for how long do not. */
function strategyJson({ action, env, when, vote }: Strategy, typeOf: TypeOf): { readonly [key: string]: Json } {
  const written: { readonly [key: string]: Json } =
    action.kind === 'type'
      ? { uses: action.type, with: templateValueJson(action.with), code: typeOf(action.type)?.code_digest ?? null }
      : action.kind === 'shell'
        ? { run: templateText(action.command), shell: action.shell }
        : { run: action.argv.map(templateText) };
  const variables = Object.entries(env).map(([name, value]) => [name, templateText(value)]);
  const asks: { readonly [key: string]: Json } = when === undefined ? {} : { when: when === false ? false : when.expr };
  return { ...written, env: Object.fromEntries(variables), ...asks, ...(vote && { vote: { ...vote } }) };
}

/** Stands for the declared entries in every fingerprint made with them. */
export function hashDeclared(entries: readonly FingerprintEntry[]): string {
  // Texts only, of which this is the canonical form.
  return sha256(JSON.stringify(entries.map(({ part, name, value }) => [part, name, value])));
}

/** The name of the action record. Ports in order, each with its ordered paths and digests. */
export function fingerprintTotal(declaredHash: string, ports: readonly ResolvedPort[]): string {
  const pairs = (paths: ResolvedPort['paths']) => paths.map(({ path, digest }) => [path, digest]);
  const inputs = ports.map(({ name, list, paths, linked }) => [name, list, pairs(paths), pairs(linked)]);
  return sha256(JSON.stringify([FINGERPRINT_FORMAT, declaredHash, inputs]));
}

/** The fingerprint of a stage that was given answers: `total` is the one without them. */
export function withAnswers(total: string, answers: Answers): string {
  return Object.keys(answers).length === 0 ? total : sha256(JSON.stringify([total, canonicalJson(answers)]));
}

export function answerEntries(answers: Answers): FingerprintEntry[] {
  return Object.entries(answers).map(([id, answer]) => ({ part: 'answers', name: id, value: canonicalJson(answer) }));
}

export function makeFingerprint(
  declared: readonly FingerprintEntry[],
  declaredHash: string,
  ports: readonly ResolvedPort[],
  answers: Answers = {},
): Fingerprint {
  const total = withAnswers(fingerprintTotal(declaredHash, ports), answers);
  return { total, entries: fingerprintEntries(declared, ports, answers) };
}

/** All parts, readable. Of a list its order counts too, and that it is one, so it has an entry for that. */
export function fingerprintEntries(
  declared: readonly FingerprintEntry[],
  ports: readonly ResolvedPort[],
  answers: Answers = {},
): FingerprintEntry[] {
  const entries = [...declared];
  for (const port of ports) {
    // A path that a list names twice has one entry.
    for (const [path, value] of inputDigests([port]))
      entries.push({ part: 'input', name: `${port.name}: ${path}`, value });
    if (port.list) {
      const order = sha256(canonicalJson(port.paths.map(({ path }) => path)));
      entries.push({ part: 'input', name: `${port.name} (order)`, value: order });
    }
  }
  entries.push(...answerEntries(answers));
  return entries.sort(byPartAndName);
}

/** Digest of the contract of all outputs; empty when there is none. Not part of the fingerprint (design). */
export function hashContract(stage: Stage): string {
  const contracts = stage.outputs.flatMap((port) =>
    port.expect ? [[port.name, canonicalJson(port.expect as never)]] : [],
  );
  return contracts.length === 0 ? '' : sha256(canonicalJson(contracts));
}

function byPartAndName(a: FingerprintEntry, b: FingerprintEntry): number {
  return PARTS.indexOf(a.part) - PARTS.indexOf(b.part) || compareText(a.name, b.name);
}
