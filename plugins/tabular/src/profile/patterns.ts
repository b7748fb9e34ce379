/** Patterns of values at three levels: `AB-12` is `A{2}-9{2}`, then `A+-9+`, then `L-N`. Pure. */
import type { ProfilePatternLevel, ProfilePatterns } from '../documents.generated.ts';
import { ratio } from './numbers.ts';
import { LIMITS } from './options.ts';
import { cut, ranked, rowsOf, type Value } from './values.ts';

export interface PatternFacts {
  readonly patterns: ProfilePatterns;
  /** Values that do not have the pattern of the rule, by count. */
  readonly violations: readonly Value[];
}

const LEVELS = ['exact', 'run', 'class'] as const;
type Level = (typeof LEVELS)[number];

const RULE_SHARE = 0.95;
const RULE_VALUES_MIN = 20;
/** Longer texts are sentences: they are patterns of their beginnings. */
const LENGTH_MAX = 60;

export function patternFacts(values: readonly Value[], total: number, asksRule: boolean): PatternFacts {
  const of = values.map(({ trimmed }) => patternsOf(trimmed));
  const levels = Object.fromEntries(LEVELS.map((level) => [level, levelFacts(values, of, level, total)])) as {
    [level in Level]: ProfilePatternLevel;
  };
  const rule = asksRule ? chooseRule(values, levels, total) : null;
  const violations = rule === null ? [] : values.filter((_, at) => of[at]?.[rule.level] !== rule.pattern);
  return { patterns: { ...levels, rule: rule && { ...rule, violations: rowsOf(violations) } }, violations };
}

interface Part {
  /** Undefined for characters that stand for themselves. */
  readonly kind: 'A' | 'a' | '9' | undefined;
  readonly text: string;
}

function partsOf(text: string): Part[] {
  const short = text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text;
  const parts = short.match(/\p{Lu}+|[\p{L}\p{M}]+?(?=\p{Lu}|[^\p{L}\p{M}]|$)|\p{Nd}+|./gsu) ?? [];
  return parts.map((part) => ({ kind: kindOf(part), text: part }));
}

export function patternsOf(text: string): { readonly [level in Level]: string } {
  let exact = '';
  let run = '';
  let general = '';
  let last = '';
  for (const { kind, text: part } of partsOf(text)) {
    if (kind === undefined) {
      exact += part;
      run += part;
      general += part;
      last = '';
      continue;
    }
    const length = lengthOf(part);
    exact += length === 1 ? kind : `${kind}{${length}}`;
    run += `${kind}+`;
    const wide = kind === '9' ? 'N' : 'L';
    if (wide !== last) general += wide;
    last = wide;
  }
  return { exact, run, class: general };
}

function kindOf(part: string): 'A' | 'a' | '9' | undefined {
  if (/^\p{Lu}/u.test(part)) return 'A';
  if (/^[\p{L}\p{M}]/u.test(part)) return 'a';
  return /^\p{Nd}/u.test(part) ? '9' : undefined;
}

function levelFacts(
  values: readonly Value[],
  of: readonly { readonly [level in Level]: string }[],
  level: Level,
  total: number,
): ProfilePatternLevel {
  const counts = new Map<string, number>();
  const examples = new Map<string, string>();
  for (const [at, { trimmed, count }] of values.entries()) {
    const pattern = of[at]?.[level] ?? '';
    counts.set(pattern, (counts.get(pattern) ?? 0) + count);
    // Values come by count.
    if (!examples.has(pattern)) examples.set(pattern, trimmed);
  }
  const all = ranked(counts);
  return {
    distinct: all.length,
    top: all.slice(0, LIMITS.patterns).map(({ text, count }) => ({
      pattern: text,
      count,
      share: ratio(count, total),
      example: cut(examples.get(text) ?? ''),
    })),
    left_out: { entries: Math.max(0, all.length - LIMITS.patterns), count: rowsOf(all.slice(LIMITS.patterns)) },
  };
}

/**
 * The most telling level at which one pattern has 95 % of at least 20 values. A level with many patterns of one row each
 * would reject a value that is yet to come (Song and He 2021), so rare patterns count against it.
 */
function chooseRule(
  values: readonly Value[],
  levels: { readonly [level in Level]: ProfilePatternLevel },
  total: number,
): { level: Level; pattern: string; regex: string; share: number } | null {
  if (total < RULE_VALUES_MIN || values.length < 3) return null;
  for (const level of LEVELS) {
    const { top, distinct } = levels[level];
    const best = top[0];
    if (!best || best.share < RULE_SHARE || distinct > Math.max(3, 0.05 * total)) continue;
    // Words are no codes, unless they are one short one.
    if (/^[\p{L}\s]*$/u.test(best.example) && (level !== 'exact' || !/^\p{L}{1,5}$/u.test(best.example))) return null;
    return {
      level,
      pattern: best.pattern,
      regex: regexOf(values.find(({ trimmed }) => patternsOf(trimmed)[level] === best.pattern)?.trimmed ?? '', level),
      share: best.share,
    };
  }
  return null;
}

/** Of all texts with the pattern of this one, for RE2 and JavaScript (flag `u`) alike. */
export function regexOf(text: string, level: Level): string {
  const classes =
    level === 'class' ? { A: '\\p{L}', a: '\\p{L}', 9: '[0-9]' } : { A: '\\p{Lu}', a: '\\p{L}', 9: '[0-9]' };
  let regex = '';
  let last = '';
  for (const { kind, text: part } of partsOf(text)) {
    const one = kind === undefined ? escaped(part) : classes[kind];
    if (kind === undefined) regex += one;
    else if (level === 'exact') regex += lengthOf(part) === 1 ? one : `${one}{${lengthOf(part)}}`;
    else if (level === 'run' || one !== last) regex += `${one}+`;
    last = kind === undefined ? '' : one;
  }
  return regex;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

function escaped(character: string): string {
  return /[\\^$.*+?()[\]{}|]/.test(character) ? `\\${character}` : character;
}
