/** What a stage has that says nothing about it. */
import type { Stage } from './pipeline.ts';

export const STAGE_DEFAULTS = {
  inputs: [],
  outputs: [],
  needs: [],
  env: {},
  pass_env: [],
  secrets: [],
  exit_codes: {},
  on_failure: 'halt',
  resources: {},
  exclusive: false,
  cache: true,
  version: 1,
  always: false,
  platform: 'native',
  tags: [],
  labels: {},
  metrics: {},
} as const satisfies Partial<Stage>;
