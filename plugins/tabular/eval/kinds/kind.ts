/** What scores the folders of one kind. */
import type { Stages } from '../stages.ts';

export interface Figure {
  readonly metric: string;
  readonly value: number;
  /** What it should be at least, or exactly; null where nothing is asked. */
  readonly bound: number | null;
  readonly isExact?: boolean;
  /** The bound is the most it may be. */
  readonly isMost?: boolean;
}

export interface Scored {
  readonly figures: readonly Figure[];
  /** What lost most, worst first: for whoever wants to raise the figures. */
  readonly losses: readonly string[];
}

export interface Kind {
  /** Of the names of its folders. */
  readonly prefix: string;
  /** Stage types that it takes. */
  readonly needs: readonly string[];
  readonly score: (folder: string, stages: Stages) => Promise<Scored>;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function f1(precision: number, recall: number): number {
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}
