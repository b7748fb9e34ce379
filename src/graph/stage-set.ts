/** Sets of stages, in which a fan-out may be there in part: which instances it has is known once its list is read. */

/** Some instances of a fan-out. */
export interface InstanceChoice {
  readonly has: (id: string) => boolean;
  /** Ids that somebody wrote: the list is to have an item for each. */
  readonly named: readonly string[];
}

/** By place of the declared stage. */
export type StageSet = ReadonlyMap<number, 'whole' | InstanceChoice>;

export function union(a: StageSet, b: StageSet): StageSet {
  if (a.size === 0) return b;
  const all = new Map(a);
  for (const [at, part] of b) {
    const other = all.get(at);
    if (other === undefined || part === 'whole') all.set(at, part);
    else if (other !== 'whole') all.set(at, either(other, part));
  }
  return all;
}

export function intersection(a: StageSet, b: StageSet): StageSet {
  const both = new Map<number, 'whole' | InstanceChoice>();
  for (const [at, part] of a) {
    const other = b.get(at);
    if (other === undefined) continue;
    if (part === 'whole') both.set(at, other);
    else
      both.set(at, other === 'whole' ? part : { ...either(part, other), has: (id) => part.has(id) && other.has(id) });
  }
  return both;
}

/** What is in `a` and not in `b`. */
export function difference(a: StageSet, b: StageSet): StageSet {
  const rest = new Map(a);
  for (const [at, part] of b) {
    const from = rest.get(at);
    if (from === undefined) continue;
    if (part === 'whole') rest.delete(at);
    else if (from === 'whole') rest.set(at, { has: (id) => !part.has(id), named: [] });
    else rest.set(at, { has: (id) => from.has(id) && !part.has(id), named: from.named.filter((id) => !part.has(id)) });
  }
  return rest;
}

export function wholes(places: Iterable<number>): StageSet {
  return new Map([...places].map((at) => [at, 'whole']));
}

function either(a: InstanceChoice, b: InstanceChoice): InstanceChoice {
  return { has: (id) => a.has(id) || b.has(id), named: [...new Set([...a.named, ...b.named])] };
}
