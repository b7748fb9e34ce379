/**
 * All declared outputs, and who makes what an input names. Knows declared paths only, and no graph, so that who asks
 * nothing else does not load the libraries for graphs.
 */
import { duplicateOutput, outputInOutput } from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { InputItem, Stage } from '../model/pipeline.ts';
import { compareText } from '../util/compare.ts';
import { globBase, matchGlob, mayMatchBelow } from '../util/glob.ts';
import { mayMeet, starsOfGlob } from '../util/star-pattern.ts';

/** Where something was declared; `pointer` leads from the stage, such as `['inputs', 'data', 1]`. */
export type Locate = (stage: string, pointer: readonly (string | number)[]) => Location;

/** The stages that make an input or part of it, by declared paths; each once, ascending. */
export function producersByPath(stages: readonly Stage[]): (item: InputItem) => number[] {
  const outputs = new OutputMap(stages);
  return (item) => [...new Set(outputs.producersOf(item))].sort((a, b) => a - b);
}

interface DeclaredOutput {
  readonly path: string;
  readonly stage: number;
  readonly folder: boolean;
  readonly pointer: readonly (string | number)[];
}

/** For the four ways an input can meet an output: the same path, above it, below it, by a glob. */
export class OutputMap {
  readonly #stages: readonly Stage[];
  /** The first to declare a path owns it. */
  readonly #byPath = new Map<string, DeclaredOutput>();
  readonly #repeated: DeclaredOutput[] = [];
  readonly #sorted: readonly string[];
  /** Of fan-outs: their paths have stars. */
  readonly #patterns: DeclaredOutput[] = [];
  readonly #indexOf = new Map<string, number>();

  constructor(stages: readonly Stage[]) {
    this.#stages = stages;
    for (const [index, stage] of stages.entries()) {
      if (stage.foreach) this.#indexOf.set(stage.id, index);
      for (const port of stage.outputs) {
        for (const [position, item] of port.items.entries()) {
          const pointer = port.list ? ['outputs', port.name, position] : ['outputs', port.name];
          const output = { path: item.path, stage: index, folder: item.kind === 'folder', pointer };
          if (this.#byPath.has(item.path)) this.#repeated.push(output);
          else if (item.template) {
            if (this.#patterns.some(({ path }) => path === item.path)) this.#repeated.push(output);
            else this.#patterns.push(output);
          } else this.#byPath.set(item.path, output);
        }
      }
    }
    this.#sorted = [...this.#byPath.keys()].sort(compareText);
  }

  producersOf(item: InputItem): number[] {
    if (item.kind === 'gather') {
      const of = this.#indexOf.get(item.of?.stage ?? '');
      return of === undefined ? [] : [of];
    }
    // Of a path that is all the item's nothing can be said here: whether its maker is waited for is seen with the item.
    if (item.template && item.path.startsWith('*')) return [];
    if (item.template) return [...this.#fitting(item), ...this.#instances(item)];
    const made = this.#declaredProducers(item);
    // Whose path it is to the letter needs nobody's guess.
    return item.kind === 'file' && made.length > 0 ? made : [...made, ...this.#instances(item)];
  }

  /** Fan-outs with an instance that may make it, or part of it. */
  #instances(item: InputItem): number[] {
    if (this.#patterns.length === 0) return [];
    const path = item.kind === 'glob' ? starsOfGlob(item.path) : item.path;
    const wanted = item.kind === 'folder' ? [path, `${path}/*`] : [path];
    return this.#patterns
      .filter((made) =>
        wanted.some((one) => mayMeet(made.path, one) || (made.folder && mayMeet(`${made.path}/*`, one))),
      )
      .map(({ stage }) => stage);
  }

  /** Whoever makes a declared path that an item may name, or that lies around or in it. */
  #fitting({ kind, path }: InputItem): number[] {
    const pattern = kind === 'glob' ? starsOfGlob(path) : path;
    return this.#sorted
      .filter(
        (made) =>
          mayMeet(made, pattern) ||
          (kind === 'folder' && mayMeet(made, `${pattern}/*`)) ||
          (this.#byPath.get(made)?.folder === true && mayMeet(`${made}/*`, pattern)),
      )
      .map((made) => this.#owner(made));
  }

  #declaredProducers(item: InputItem): number[] {
    if (item.kind === 'glob') {
      const matches = matchGlob(item.path);
      const mayMatch = mayMatchBelow(item.path);
      const base = globBase(item.path);
      const candidates = base === '' ? this.#sorted : [...this.#below(base), ...this.#at(base)];
      const found = candidates
        // A folder may turn out to hold files that match.
        .filter((path) => matches(path) || (this.#byPath.get(path)?.folder === true && mayMatch(path)))
        .map((path) => this.#owner(path));
      return [...found, ...this.#above(base)];
    }
    return [
      ...this.#at(item.path).map((path) => this.#owner(path)),
      ...this.#above(item.path),
      ...this.#below(item.path).map((path) => this.#owner(path)),
    ];
  }

  *diagnose(locate: Locate): Iterable<Diagnostic> {
    const where = (output: DeclaredOutput) => locate(this.#stageOf(output), output.pointer);
    for (const output of this.#repeated) {
      const first = (this.#byPath.get(output.path) ??
        this.#patterns.find(({ path }) => path === output.path)) as DeclaredOutput;
      yield duplicateOutput({
        path: output.path,
        stage: this.#stageOf(output),
        location: where(output),
        otherStage: this.#stageOf(first),
        otherLocation: where(first),
      });
    }
    for (const output of [...this.#byPath.values(), ...this.#patterns]) {
      const outer = ancestors(output.path)
        .map((path) => this.#byPath.get(path))
        .find((found) => found !== undefined && found !== output);
      if (!outer) continue;
      yield outputInOutput({
        path: output.path,
        stage: this.#stageOf(output),
        location: where(output),
        outer: outer.path,
        outerStage: this.#stageOf(outer),
        outerLocation: where(outer),
      });
    }
  }

  #stageOf(output: DeclaredOutput): string {
    return (this.#stages[output.stage] as Stage).id;
  }

  #owner(path: string): number {
    return (this.#byPath.get(path) as DeclaredOutput).stage;
  }

  #at(path: string): string[] {
    return this.#byPath.has(path) ? [path] : [];
  }

  /** Folder outputs that contain the path. */
  #above(path: string): number[] {
    return ancestors(path).flatMap((above) => (this.#byPath.get(above)?.folder ? [this.#owner(above)] : []));
  }

  /** Outputs that lie in the path. */
  #below(path: string): string[] {
    const prefix = `${path}/`;
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as string) < prefix) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (this.#sorted[end]?.startsWith(prefix)) end++;
    return this.#sorted.slice(low, end);
  }
}

/** `a/b/c` -> `a/b`, `a`; nearest first. */
function ancestors(path: string): string[] {
  const found: string[] = [];
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    found.push(path.slice(0, slash));
  }
  return found;
}
