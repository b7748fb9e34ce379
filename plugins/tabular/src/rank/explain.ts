/** Rankings in words. Pure. */
import { times } from '../operators/words.ts';
import type { Facts } from './facts.ts';
import type { Policy, Term } from './policies.ts';

const TERMS: { readonly [term: string]: string } = {
  quality_after: 'quality afterwards',
  loss: 'rows and values lost',
  irreversible: 'rows cannot be had back without the log',
  change: 'cells changed',
  improvement: 'improvement',
  place: 'share of candidates that are worse',
  front: 'front',
  room: 'room around it',
  closeness: 'closeness to the best',
  confidence: 'confidence',
};

export function explain({ candidate, trial }: Facts, terms: readonly Term[], score: number, policy: Policy): string {
  const parts = terms
    .filter(({ contribution }) => contribution !== 0)
    .map(({ term, contribution }) => `${TERMS[term] ?? term} ${signed(contribution)}`);
  const sum = `By \`${policy}\` it scores ${shown(score)}${parts.length > 1 ? `: ${parts.join(', ')}` : ''}.`;
  if (!trial) return `It is ${percent(candidate.confidence)} sure to be right, and was not tried. ${sum}`;
  const { before, after } = trial.validation.scores;
  const changes = [
    trial.validation.cells_changed > 0 && `${times(trial.validation.cells_changed, 'cell')} would change`,
    trial.validation.rows_dropped > 0 && `${times(trial.validation.rows_dropped, 'row')} would go`,
  ].filter((part) => part !== false);
  const deltas = trial.deltas.filter(({ value }) => value !== 0);
  const by = deltas.map(({ dimension, value }) => `${dimension} ${signed(value)}`).join(', ');
  const quality =
    trial.improvement === 0
      ? `Quality would stay at ${shown(before.overall)}`
      : `Quality would go from ${shown(before.overall)} to ${shown(after.overall)}`;
  return [
    `${quality}${by === '' ? '' : ` (${by})`}${changes.length === 0 ? '' : `; ${changes.join(' and ')}`}.`,
    `It is ${percent(candidate.confidence)} sure to be right.`,
    sum,
  ].join(' ');
}

/** Four decimals, or as many as show that it is something. */
export function shown(value: number): string {
  const four = value.toFixed(4);
  return Number(four) === 0 && value !== 0 ? value.toPrecision(2) : four.replace(/\.?0+$/, '');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${shown(Math.abs(value))}`;
}

export function percent(share: number): string {
  return `${String(Math.round(share * 1000) / 10)} %`;
}
