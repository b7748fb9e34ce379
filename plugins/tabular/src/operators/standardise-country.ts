/** `standardise_country`: one name for a country that has several in a column. */
import type { ProfileColumn } from '../documents.generated.ts';
import { sqlText } from '../table/names.ts';
import { above, atLeast, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { change, named, shown, times } from './words.ts';

interface Params {
  readonly mapping: readonly { readonly from: string; readonly to: string }[];
}

/** Names, short names and codes of one country each; adding one is a line. A code alone may be something else. */
const COUNTRIES: readonly (readonly string[])[] = [
  'united states|united states of america|usa|us|u.s.|u.s.a.|the united states|america',
  'united kingdom|uk|u.k.|great britain|gb|gbr|the united kingdom|united kingdom of great britain and northern ireland',
  'russia|russian federation|rus',
  'south korea|republic of korea|korea, republic of|korea, south|korea (south)|kor',
  "north korea|democratic people's republic of korea|korea, democratic people's republic of|korea, north|prk",
  'czech republic|czechia|cze',
  "ivory coast|côte d’ivoire|cote d’ivoire|côte d'ivoire|cote d'ivoire|civ",
  'iran|iran, islamic republic of|islamic republic of iran|irn',
  'syria|syrian arab republic|syr',
  'vietnam|viet nam|vnm',
  "laos|lao people's democratic republic|lao",
  'bolivia|bolivia, plurinational state of|plurinational state of bolivia|bol',
  'venezuela|venezuela, bolivarian republic of|bolivarian republic of venezuela|ven',
  'tanzania|tanzania, united republic of|united republic of tanzania|tza',
  'moldova|moldova, republic of|republic of moldova|mda',
  'north macedonia|macedonia|republic of north macedonia|mkd',
  'eswatini|swaziland|swz',
  'myanmar|burma|mmr',
  'cape verde|cabo verde|cpv',
  'turkey|türkiye|turkiye|tur',
  'netherlands|the netherlands|holland|nld',
  'germany|federal republic of germany|deu',
  "china|people's republic of china|peoples republic of china|prc|chn",
  'taiwan|taiwan, province of china|twn',
  'united arab emirates|uae|u.a.e.|the united arab emirates',
  'bahamas|the bahamas|bahamas, the',
  'gambia|the gambia|gambia, the',
  'philippines|the philippines|phl',
  'new zealand|nz|nzl',
].map((line) => line.split('|'));

const GROUP = new Map(COUNTRIES.flatMap((names, group) => names.map((name) => [name, group] as const)));
const MEANINGS = new Set(['country', 'country_code']);
const SHARE_MIN = 0.9;

export const standardiseCountry = defineCellOperator<Params>({
  name: 'standardise_country',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['mapping'],
    properties: {
      mapping: {
        description: 'Whole values, as they are written, and what becomes of each.',
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['from', 'to'],
          properties: { from: { type: 'string' }, to: { type: 'string' } },
        },
      },
    },
  },
  propose: (column) => {
    const meaning = column.semantic.find(({ type }) => MEANINGS.has(type));
    return meaning && meaning.share >= SHARE_MIN ? proposal(column, meaning.share, meaning.named) : [];
  },
  describe: (columns, { mapping }) => {
    const [first] = mapping;
    return `Use one name for each country of ${named(columns)}${first ? `, such as ${change(first.from, first.to)}` : ''}`;
  },
  value: (cell, { mapping }) =>
    `CASE ${cell} ${mapping.map(({ from, to }) => `WHEN ${sqlText(from)} THEN ${sqlText(to)}`).join(' ')} ELSE ${cell} END`,
});

function proposal(
  { name, top, top_left_out: rest }: ProfileColumn,
  share: number,
  isNamed: boolean,
): CellProposal<Params>[] {
  const groups = new Map<number, { value: string; count: number }[]>();
  for (const one of top) {
    const group = GROUP.get(one.value.trim().toLowerCase());
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  const pairs = [...groups.values()].flatMap(([best, ...others]) =>
    others.map(({ value, count }) => ({ from: value, to: best?.value ?? value, count })),
  );
  const [first] = pairs;
  if (!first) return [];
  const count = pairs.reduce((sum, one) => sum + one.count, 0);
  return [
    {
      params: { mapping: pairs.map(({ from, to }) => ({ from, to })).sort((a, b) => (a.from < b.from ? -1 : 1)) },
      reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'has' : 'have'} another name of a country that is more often called otherwise, such as ${shown(first.from)} for ${shown(first.to)}.`,
      preconditions: [atLeast('semantic.share', share, SHARE_MIN), above('top', pairs.length)],
      evidence: { mapping: pairs, values_left_out: rest.entries },
      confidence: isNamed ? 0.92 : 0.85,
      flagged: count,
    },
  ];
}
