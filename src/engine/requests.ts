/** What commands ask of a workspace, and the answers they have in common. */
import type { CacheMode } from '../model/run-request.ts';
import type { LoadRequest, Mistakes } from './loaded.ts';
import type { SelectionRequest } from './selection.ts';

export interface PlanRequest extends LoadRequest, SelectionRequest {
  readonly cache: CacheMode;
  /** How stages are, whoever else is selected; else what a build of just these would do. */
  readonly isTruth?: boolean;
}

export type Invalid = { readonly status: 'invalid'; readonly mistakes: Mistakes };
export type EnvironmentProblem = { readonly status: 'environment'; readonly message: string };

export function canRead(cache: CacheMode): boolean {
  return cache === 'read' || cache === 'rw';
}

export function canWrite(cache: CacheMode): boolean {
  return cache === 'write' || cache === 'rw';
}
