/**
 * The graph of a pipeline with its instances: they are put behind the declared stages when the list of their fan-out is known
 * (design-notes, "Fan-out"). A pipeline without a fan-out has none of this.
 */
import { nearest } from '../diagnostics/suggest.ts';
import { declaredEntries, hashDeclared, type Platform } from '../digest/fingerprint.ts';
import type { DigestOf } from '../digest/resolve-inputs.ts';
import type { InstanceChoice } from '../graph/stage-set.ts';
import type { StageGraph } from '../model/graph.ts';
import { declaredId, instanceId } from '../model/instance.ts';
import type { ItemOf, OutputName, Stage } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { quoteName } from '../util/harmless-text.ts';
import { err, ok } from '../util/result.ts';
import type { Expanded, Expansion } from './expansion.ts';

export interface FanOutOptions {
  readonly fs: FileSystem;
  /** Absolute. */
  readonly workspace: string;
  readonly graph: StageGraph;
  readonly declaredHashes: readonly string[];
  readonly contractHashes: readonly string[];
  readonly types: ReadonlyMap<string, StageType>;
  readonly platform: Platform;
  /** Places of stages that run whatever the state; those of forced instances are added. */
  readonly forced: Set<number>;
  /** By fan-out, instances that run whatever the state. */
  readonly forcedOnly: ReadonlyMap<string, InstanceChoice>;
  /** Instances that are not forced although their fan-out is, by id. */
  readonly forcedBefore: ReadonlySet<string>;
  /** By fan-out of which only some instances are asked for, those. */
  readonly only: ReadonlyMap<string, InstanceChoice>;
}

/** Errors of fan-outs are for whole stages; what is wrong with one item is a problem of its instance. */
export class FanOuts {
  /** The declared stages with their instances; its arrays grow. */
  readonly graph: StageGraph;
  readonly declaredHashes: readonly string[];
  readonly contractHashes: readonly string[];
  readonly #options: FanOutOptions;
  readonly #stages: Stage[];
  readonly #hashes: string[];
  readonly #contracts: string[];
  readonly #producers: (readonly number[])[];
  readonly #consumers: (readonly number[])[];
  readonly #itemProducers: (readonly (readonly number[])[])[];
  readonly #expanded = new Map<number, Expanded>();
  readonly #indexOf: ReadonlyMap<string, number>;
  /** Of instances, the place of their fan-out. */
  readonly #fanOutOf = new Map<number, number>();
  readonly #problems = new Map<number, string>();
  readonly #upstream = new Map<number, Set<number>>();
  /** Who makes a path; the declared ones are there from the start. */
  readonly #makers = new Map<string, number>();
  /** Folders that nobody makes, nor any around them; who makes one later is told so by what lies in it. */
  readonly #clear = new Set<string>();
  /** Folders with something in them that somebody makes. */
  readonly #around = new Map<string, number>();
  /** Their outputs are not there: they were skipped or dropped. */
  readonly #absent = new Set<number>();

  constructor(options: FanOutOptions) {
    const { graph } = options;
    this.#options = options;
    this.#stages = [...graph.stages];
    this.#hashes = [...options.declaredHashes];
    this.#contracts = [...options.contractHashes];
    this.#producers = [...graph.producers];
    this.#consumers = [...graph.consumers];
    this.#itemProducers = [...graph.item_producers];
    this.graph = {
      ...graph,
      stages: this.#stages,
      producers: this.#producers,
      consumers: this.#consumers,
      item_producers: this.#itemProducers,
    };
    this.declaredHashes = this.#hashes;
    this.contractHashes = this.#contracts;
    this.#indexOf = new Map(graph.stages.map(({ id }, at) => [id, at]));
    for (const [at, stage] of graph.stages.entries()) {
      if (stage.foreach) continue;
      for (const port of stage.outputs) for (const { path } of port.items) this.#setMaker(path, at);
    }
  }

  isFanOut(at: number): boolean {
    return this.#stages[at]?.foreach !== undefined;
  }

  /** Undefined as long as nobody expanded it. */
  of(at: number): Expanded | undefined {
    return this.#expanded.get(at);
  }

  /** The fan-out of an instance; undefined for a declared stage. */
  fanOutOf(instance: number): number | undefined {
    return this.#fanOutOf.get(instance);
  }

  /** Why an instance cannot run whatever else is so, in sentences. */
  problemOf(instance: number): string | undefined {
    return this.#problems.get(instance);
  }

  /** The stage or instance that makes this path, or a folder around it. */
  makerOf(path: string): number | undefined {
    for (let slash = path.length; slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const maker = this.#makers.get(path.slice(0, slash));
      if (maker !== undefined) return maker;
    }
    return undefined;
  }

  /** An instance that was skipped or dropped has nothing to gather. */
  setAbsent(instance: number, isAbsent: boolean): void {
    if (isAbsent) this.#absent.add(instance);
    else this.#absent.delete(instance);
  }

  isAbsent(instance: number): boolean {
    return this.#absent.has(instance);
  }

  /** Whether what is made at the path is not to be there, whatever lies there now. */
  isWithheld(path: string): boolean {
    if (this.#absent.size === 0) return false;
    const maker = this.makerOf(path);
    return maker !== undefined && this.#absent.has(maker);
  }

  /** What the instances make at a port, in the order of the list. */
  gather({ stage, port }: OutputName): readonly string[] {
    const expanded = this.#expanded.get(this.#indexOf.get(stage) ?? -1);
    if (!expanded?.ok) return [];
    const paths: string[] = [];
    for (const at of expanded.value.all) {
      if (this.#absent.has(at)) continue;
      for (const output of this.#stages[at]?.outputs ?? []) {
        if (output.name === port) for (const { path } of output.items) paths.push(path);
      }
    }
    return paths;
  }

  /** Once for all: whatever is read later, the instances are those of the list as it was then. Errors: those of reading. */
  async expand(at: number, digestOf: DigestOf): Promise<Expanded> {
    const known = this.#expanded.get(at);
    if (known) return known;
    const expanded = await this.#expand(at, digestOf);
    this.#expanded.set(at, expanded);
    return expanded;
  }

  async #expand(at: number, digestOf: DigestOf): Promise<Expanded> {
    const { fs, workspace, only, forcedOnly } = this.#options;
    const fanOut = this.#stages[at] as Stage;
    const [{ readList }, { itemBinder }] = await Promise.all([
      import('./list-of.ts'),
      import('../language/bind-item.ts'),
    ]);
    const source = { fs, workspace, digestOf, gather: (of: OutputName) => this.gather(of) };
    const list = await readList(fanOut.foreach?.in.items ?? [], source);
    if (!list.ok) return list;
    const binder = await itemBinder(fanOut, workspace);
    const seen = new Map<string, number>();
    const named: { readonly id: string; readonly item: ItemOf }[] = [];
    const placeOf = (index: number) => {
      const { line, path } = list.value.items[index] as (typeof list.value.items)[number];
      return line === undefined ? `item ${index + 1} of ${quoteName(path)}` : `line ${line} of ${quoteName(path)}`;
    };
    for (const [index, { value }] of list.value.items.entries()) {
      const key = binder.key(value);
      if (!key.ok) return err({ code: 'item-key', message: `${capital(placeOf(index))} has no key. ${key.error}` });
      const id = instanceId(fanOut.id, [key.value]);
      const first = seen.get(id);
      if (first !== undefined) {
        const message = `The key ${quoteName(key.value)} is there twice: in ${placeOf(first)} and ${placeOf(index)}.`;
        return err({ code: 'item-key', message });
      }
      seen.set(id, index);
      named.push({ id, item: { stage: fanOut.id, key: key.value, value } });
    }
    const wanted = only.get(fanOut.id);
    const all: number[] = [];
    const instances: number[] = [];
    for (const { id, item } of named) {
      const bound = binder.bind(id, item);
      const instance = bound.ok ? bound.value : { ...without(fanOut), id, item, inputs: [], outputs: [] };
      const place = this.#add(at, instance, bound.ok ? undefined : bound.error);
      all.push(place);
      if (!wanted || wanted.has(id)) instances.push(place);
    }
    const written = [...(wanted?.named ?? []), ...(forcedOnly.get(fanOut.id)?.named ?? [])];
    const unknown = [...new Set(written)].filter((id) => !seen.has(id));
    if (unknown.length > 0) {
      const names = unknown.map(quoteName).join(', ');
      const near = nearest(unknown[0] as string, seen.keys());
      const meant = near === undefined ? '' : ` Did you mean ${quoteName(near)}?`;
      return err({ code: 'item-key', message: `The list has no item for ${names}.${meant}` });
    }
    return ok({ instances, all, lists: list.value.lists, isPartial: wanted !== undefined } satisfies Expansion);
  }

  #add(fanOut: number, stage: Stage, problem: string | undefined): number {
    const { types, platform, forced, forcedOnly, forcedBefore } = this.#options;
    const at = this.#stages.push(stage) - 1;
    this.#producers[at] = this.#producers[fanOut] as readonly number[];
    this.#consumers[at] = [];
    this.#itemProducers[at] = this.#itemProducers[fanOut] as readonly (readonly number[])[];
    this.#contracts[at] = this.#contracts[fanOut] as string;
    this.#fanOutOf.set(at, fanOut);
    const isAsked = forced.has(fanOut) || forcedOnly.get(declaredId(stage.id))?.has(stage.id) === true;
    if (isAsked && !forcedBefore.has(stage.id)) forced.add(at);
    if (problem !== undefined) {
      this.#hashes[at] = '';
      this.#problems.set(at, problem);
      return at;
    }
    this.#hashes[at] = hashDeclared(declaredEntries(stage, (name) => types.get(name), platform));
    const wrong = this.#claim(at, stage) ?? this.#unawaited(fanOut, stage);
    if (wrong !== undefined) this.#problems.set(at, wrong);
    return at;
  }

  /** Says which input is made by somebody for whom the fan-out does not wait. */
  #unawaited(fanOut: number, { inputs }: Stage): string | undefined {
    for (const port of inputs) {
      for (const { kind, path } of port.items) {
        const maker = kind === 'file' || kind === 'folder' ? this.makerOf(path) : undefined;
        if (maker === undefined) continue;
        const declared = this.#fanOutOf.get(maker) ?? maker;
        if (this.#upstreamOf(fanOut).has(declared)) continue;
        const { id } = this.#stages[declared] as Stage;
        const waiting = quoteName((this.#stages[fanOut] as Stage).id);
        return `Its input ${quoteName(path)} is made by ${quoteName(id)}, for which ${waiting} does not wait. Add it to "needs".`;
      }
    }
    return undefined;
  }

  #upstreamOf(fanOut: number): ReadonlySet<number> {
    let known = this.#upstream.get(fanOut);
    if (!known) {
      known = new Set([fanOut]);
      // Producers come before their consumers, so one pass from the end meets all of them.
      for (let at = fanOut; at >= 0; at--) {
        if (known.has(at)) for (const producer of this.#producers[at] ?? []) known.add(producer);
      }
      known.delete(fanOut);
      this.#upstream.set(fanOut, known);
    }
    return known;
  }

  /** Notes who makes its outputs; says why it cannot, if somebody else does. */
  #claim(at: number, { inputs, outputs }: Stage): string | undefined {
    const own = outputs.flatMap((port) => port.items.map(({ path }) => path));
    for (const path of own) {
      const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      if (this.#clear.has(folder) && !this.#makers.has(path)) continue;
      for (let slash = path.length; slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
        const part = path.slice(0, slash);
        const maker = this.#makers.get(part);
        if (maker === undefined) continue;
        const { id } = this.#stages[maker] as Stage;
        return part === path
          ? `Its output ${quoteName(path)} is made by ${quoteName(id)} too.`
          : `Its output ${quoteName(path)} lies in ${quoteName(part)}, which ${quoteName(id)} makes.`;
      }
      this.#clear.add(folder);
    }
    const outer = own.find((path) => this.#around.has(path));
    if (outer !== undefined) {
      const { id } = this.#stages[this.#around.get(outer) as number] as Stage;
      return `In its output ${quoteName(outer)} lies what ${quoteName(id)} makes.`;
    }
    const read = inputs.flatMap((port) => port.items.map(({ path }) => path));
    const both = own.find((path) => read.includes(path));
    if (both !== undefined) return `It would make its own input ${quoteName(both)}.`;
    for (const path of own) this.#setMaker(path, at);
    return undefined;
  }

  #setMaker(path: string, at: number): void {
    this.#makers.set(path, at);
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const folder = path.slice(0, slash);
      if (this.#around.has(folder)) break;
      this.#around.set(folder, at);
    }
  }
}

function without(stage: Stage): Stage {
  const { foreach: _, ...rest } = stage;
  return rest;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
