/**
 * Causes in words, for people and for records. One place, so that `plan`, `why`, progress and history say the same.
 * Knows nothing of how a cause was found. Everything it returns is harmless to a terminal.
 */
import { harmlessText, quoteName } from '../util/harmless-text.ts';
import { parseDigest } from './digest.ts';
import type { Cause } from './plan.ts';

/** One cause in words: what happened, and the values it is about. */
export interface CauseText {
  /** `input data: data/a.csv changed`; one line. */
  readonly sentence: string;
  /** Readable, full, maybe of several lines; undefined where there is no such side or it says nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const VALUE_LENGTH_MAX = 40;
const HEX_SHOWN = 12;
const LONG_HEX = /\b[0-9a-f]{64}\b/g;

export function describeCause(cause: Cause): CauseText {
  const { part, change, name, before, after } = cause;
  const said = (sentence: string): CauseText => ({ sentence, before: undefined, after: undefined });
  const about = showName(name);

  if (change === 'upstream') return said(`waits for ${about}`);
  if (part === 'answers' && change === 'missing') return said(after ?? `waits for an answer to ${about}`);
  if (part === 'input' && change === 'missing') return said(`input ${about} is not there`);
  if (part === 'output' && change === 'missing') {
    return said(name === '' ? (after ?? 'its outputs are not there') : `output ${about} is not there`);
  }
  if (part === 'output' && isDigest(after) && change === 'added') {
    return said(`output ${about} holds something wrangle did not make`);
  }
  if (part === 'output' && isDigest(after)) return compared(`output ${about} was edited`, before, after);
  if (part === 'output' && change === 'removed') return said(`output ${about} is to be removed`);
  if (part === 'input' && name === '')
    return said(after?.endsWith('.') ? clause(after) : `an input ${after ?? 'changed'}`);
  if (part === 'input' && !isDigest(after ?? before))
    return said(`input ${showName(name.replace(/ \(order\)$/, ''))}: the order of its files changed`);
  if (part === 'version' && name === 'ttl')
    return said(after === undefined ? `it is from the future (${before})` : `it is older than ${after}, its "ttl"`);
  if (part === 'version' && name === 'always') return said('it always runs');
  if (part === 'version' && name === 'when') return said(clause(after ?? ''));
  if (part === 'version' && name === 'force') return said(`it is forced (${after ?? '--force'})`);
  if (part === 'command' && change === 'added') return said('it never succeeded here');
  if (part === 'expect') return said('its contract changed');
  if (part === 'discovered' && before === undefined && after === undefined) {
    return said(`discovered input ${about} changed`);
  }
  if (part === 'code' && change === 'changed')
    return compared('code of its plugin changed', ...codeValues(before, after));
  return compared(`${NOUNS[part] ?? part}${name === '' ? '' : ` ${about}`} ${VERBS[change]}`, before, after);
}

/** A sentence as a part of another one. */
function clause(sentence: string): string {
  return (sentence.charAt(0).toLowerCase() + sentence.slice(1)).replace(/\.$/, '');
}

/** One cause on one line: `with sample changed (100 -> 5)`. Values that are long are left out, not cut. */
export function causeLine(cause: Cause): string {
  const { sentence, before, after } = describeCause(cause);
  if (![before, after].every(isInline)) return sentence;
  if (before === undefined) return after === undefined ? sentence : `${sentence} (${after})`;
  return after === undefined ? `${sentence} (was ${before})` : `${sentence} (${before} -> ${after})`;
}

/** The first cause, and how many more there are; empty for none. */
export function causesLine(causes: readonly Cause[]): string {
  const [first] = causes;
  if (!first) return '';
  return causes.length === 1 ? causeLine(first) : `${causeLine(first)}, and ${causes.length - 1} more`;
}

/** A name or path from outside: as it is where that is plain to see, else quoted. */
export function showName(name: string): string {
  const plain = harmlessText(name, { plain: true });
  return plain === name && !/^\s|\s$|[\n\t"]/.test(name) ? name : quoteName(name);
}

/** Digests and hashes cut to their first 12 digits, the rest as it is, harmless. */
function showValue(value: string): string {
  const digest = parseDigest(value);
  if (digest) {
    const short = digest.sha256.slice(0, HEX_SHOWN);
    return digest.kind === 'file' ? short : `${short} (${digest.kind})`;
  }
  return harmlessText(value, { plain: true }).replace(LONG_HEX, (hex) => hex.slice(0, HEX_SHOWN));
}

const NOUNS: Partial<Record<Cause['part'], string>> = {
  answers: 'answer to',
  discovered: 'discovered input',
  code: 'code of its plugin',
};
const VERBS = {
  added: 'was added',
  removed: 'was removed',
  changed: 'changed',
  missing: 'is not there',
  upstream: 'may change',
} as const;

function compared(sentence: string, before: string | undefined, after: string | undefined): CauseText {
  return { sentence, before: before && showValue(before), after: after && showValue(after) };
}

/** Plugin and version; where these are the same, the digests that differ: `tabular 0.1.0`, `0.2.0`. */
function codeValues(before: string | undefined, after: string | undefined): [string | undefined, string | undefined] {
  const code = /^(?<plugin>\S+) (?<version>\S+) (?<digest>[0-9a-f]{64})$/;
  const [was, is] = [before, after].map((value) => code.exec(value ?? '')?.groups);
  if (!was || !is || was['plugin'] !== is['plugin']) return [before, after];
  const { plugin, version, digest } = was;
  if (version !== is['version']) return [`${plugin} ${version}`, is['version']];
  return [`${plugin} ${version}, ${digest}`, is['digest']];
}

function isDigest(value: string | undefined): boolean {
  return parseDigest(value) !== undefined;
}

function isInline(value: string | undefined): boolean {
  return value === undefined || (value.length <= VALUE_LENGTH_MAX && !value.includes('\n'));
}
