// Made-up tables in which sources report on the same things, with what is true; and tables that only look like that.
import { randomFrom } from '../eval/training/boosted-trees.ts';
import { SYLLABLES } from './syllables.ts';

export type Row = Record<string, string>;

export interface Planted {
  readonly dirty: readonly Row[];
  readonly truth: readonly Row[];
}

export interface ReportOptions {
  readonly seed: number;
  /** Share of the cells that are wrong or missing, about. */
  readonly errors: number;
  readonly things?: number;
  readonly sources?: number;
  /** Share of the pairs that there are. */
  readonly present?: number;
  /** Times of day only, or a time, a name, a place and a code. */
  readonly facts?: 'times' | 'mixed';
  /** Share of the facts of which many sources say the same wrong thing. */
  readonly rivals?: number;
}

const PARTS = [...SYLLABLES, 'qui', 'sa', 'tro', 'ulm', 'yas'];
const PLACES = ['Hall', 'Yard', 'Gate', 'Bridge', 'Park', 'Court'];

export class Maker {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
    for (let at = 0; at < 5; at++) this.random();
  }

  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  pick<One>(from: readonly One[]): One {
    return from[this.below(from.length)] as One;
  }

  word(parts = 3): string {
    const text = Array.from({ length: parts }, () => this.pick(PARTS)).join('');
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  /** Different ones. */
  words(count: number, make: () => string): string[] {
    const found = new Set<string>();
    while (found.size < count) found.add(make());
    return [...found];
  }
}

/** `7:05 p.m.` */
export function clock(minutes: number): string {
  const of = ((minutes % 1440) + 1440) % 1440;
  const hour = Math.floor(of / 60);
  return `${hour % 12 === 0 ? 12 : hour % 12}:${String(of % 60).padStart(2, '0')} ${hour < 12 ? 'a.m.' : 'p.m.'}`;
}

function minutesOf(text: string): number {
  const [, hour = '0', minute = '0', half] = /^(\d+):(\d+) (a|p)/.exec(text) ?? [];
  return ((Number(hour) % 12) + (half === 'p' ? 12 : 0)) * 60 + Number(minute);
}

interface Fact {
  readonly name: string;
  readonly make: (maker: Maker) => string;
  /** Wrong by a little. */
  readonly slip: (text: string, maker: Maker) => string;
  /** The same, written otherwise. */
  readonly form: (text: string, maker: Maker) => string;
}

function timeFact(name: string, step: number): Fact {
  return {
    name,
    make: (maker) => clock(300 + step * maker.below(Math.floor(1080 / step))),
    slip: (text, maker) =>
      clock(minutesOf(text) + maker.pick([-20, -10, -5, -3, -2, -1, 1, 2, 3, 4, 5, 7, 10, 15, 30])),
    form: (text, maker) =>
      maker.pick([
        `03/0${1 + maker.below(9)}/2014 ${text}`,
        text.replaceAll('.', '').toUpperCase(),
        text.replace(' ', ''),
      ]),
  };
}

const spoiled = (text: string, maker: Maker) => {
  const at = 1 + maker.below(text.length - 1);
  return `${text.slice(0, at)}${maker.pick(['x', 'e', 'j', 'k'])}${text.slice(at + 1)}`;
};

const FACTS: { readonly [kind in 'times' | 'mixed']: readonly Fact[] } = {
  times: [timeFact('opens', 5), timeFact('begins', 1), timeFact('ends', 1), timeFact('closes', 5)],
  mixed: [
    timeFact('begins', 5),
    {
      name: 'place',
      make: (maker) => `${maker.word(2)} ${maker.pick(PLACES)}`,
      slip: spoiled,
      form: (text, maker) => maker.pick([text.toUpperCase(), text.toLowerCase(), text.replace(' ', '-')]),
    },
    {
      name: 'host',
      make: (maker) => `${maker.word(2)} ${maker.word(3)}`,
      slip: spoiled,
      form: (text, maker) => maker.pick([text.toUpperCase(), text.toLowerCase()]),
    },
    {
      name: 'code',
      make: (maker) => `${maker.word(1).toUpperCase().slice(0, 2)}-${1000 + maker.below(9000)}`,
      slip: (text, maker) => `${text.slice(0, -1)}${maker.below(10)}`,
      form: (text) => text.toLowerCase(),
    },
  ],
};

/** Sources of different reliability, some of which copy another one with its mistakes. */
export function makeReports({
  seed,
  errors,
  things: thingCount = 100,
  sources: sourceCount = 40,
  present = 0.6,
  facts: kind = 'times',
  rivals = 0,
}: ReportOptions): Planted {
  const maker = new Maker(seed);
  const facts = FACTS[kind];
  const things = maker
    .words(thingCount, () => `${maker.word(1).toUpperCase()}-${100 + maker.below(900)}-${maker.word(2)}`)
    .map((thing) => ({ thing, values: facts.map((fact) => fact.make(maker)) }));
  // What is said wrongly of a thing more than once: an old plan, the value of another thing.
  const rumours = things.map(({ values }) =>
    facts.map((fact, at) => ({
      texts: [fact.slip(values[at] ?? '', maker), maker.pick(things).values[at] ?? ''],
      isRival: rivals > 0 && maker.random() < rivals,
    })),
  );
  const sources = maker
    .words(sourceCount, () => `${maker.word(2).toLowerCase()}`)
    .map((source, at) => {
      // Half of them are better than the mean, half are worse; each in its own way for each fact.
      const share = facts.map(() => Math.min(0.95, errors * (0.2 + 1.6 * maker.random())));
      return { source, share, leader: at >= 6 && at % 6 < 2 ? at % 6 : undefined, form: maker.random() < 0.15 };
    });
  const said = (thing: number, source: number, at: number): string => {
    const truth = things[thing]?.values[at] ?? '';
    const fact = facts[at] as Fact;
    const { share, form } = sources[source] as (typeof sources)[number];
    const { texts = [''], isRival = false } = rumours[thing]?.[at] ?? {};
    const luck = maker.random() - (isRival ? 0.2 : 0);
    if (luck >= (share[at] ?? 0)) return form && maker.random() < 0.1 ? fact.form(truth, maker) : truth;
    const kindOf = maker.random();
    if (kindOf < 0.4) return '';
    if (kindOf < 0.5) return fact.form(truth, maker);
    if (isRival) return texts[0] ?? '';
    if (kindOf < 0.7) return maker.pick(texts);
    return fact.slip(truth, maker);
  };
  const dirty: Row[] = [];
  const truth: Row[] = [];
  const rowsOf = new Map<string, Row>();
  for (const [s, { source, leader }] of sources.entries()) {
    for (const [t, { thing, values }] of things.entries()) {
      const own = facts.map((_, at) => said(t, s, at));
      if (leader !== undefined) {
        const copied = rowsOf.get(`${leader} ${t}`);
        if (copied && maker.random() < 0.9) for (const [at, { name }] of facts.entries()) own[at] = copied[name] ?? '';
      }
      if (maker.random() >= present) continue;
      const id = { n: String(dirty.length + 1), reporter: source, event: thing };
      const row: Row = { ...id, ...Object.fromEntries(facts.map(({ name }, at) => [name, own[at] ?? ''])) };
      rowsOf.set(`${s} ${t}`, row);
      dirty.push(row);
      truth.push({ ...id, ...Object.fromEntries(facts.map(({ name }, at) => [name, values[at] ?? ''])) });
    }
  }
  return { dirty, truth };
}

export function toCsv(rows: readonly Row[]): string {
  const header = Object.keys(rows[0] ?? {});
  return `${[header, ...rows.map((row) => header.map((name) => row[name] ?? ''))].map((record) => record.join(',')).join('\n')}\n`;
}

export interface Counted {
  readonly wrong: number;
  readonly changed: number;
  readonly precision: number;
  readonly recall: number;
  readonly detection: number;
  readonly repairPrecision: number;
  readonly repairRecall: number;
  readonly repair: number;
  /** Share of the right cells that were changed. */
  readonly harmed: number;
}

/** `after` by column and row. */
export function countCells({ dirty, truth }: Planted, after: (column: string, row: number) => string): Counted {
  let [wrong, right, changed, found, mended, harmed] = [0, 0, 0, 0, 0, 0];
  for (const [at, row] of dirty.entries()) {
    for (const [name, before] of Object.entries(row)) {
      const now = after(name, at);
      const wanted = truth[at]?.[name] ?? '';
      if (before === wanted) right++;
      else wrong++;
      if (now !== before) changed++;
      if (now !== before && before !== wanted) found++;
      if (now === wanted && before !== wanted) mended++;
      if (now !== before && before === wanted) harmed++;
    }
  }
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const f1 = (hits: number) => share(2 * hits, changed + wrong);
  return {
    wrong,
    changed,
    precision: share(found, changed),
    recall: share(found, wrong),
    detection: f1(found),
    repairPrecision: share(mended, changed),
    repairRecall: share(mended, wrong),
    repair: f1(mended),
    harmed: share(harmed, right),
  };
}
