/**
 * `wrangle/plugin`: what the code of a stage type is written with. Runs inside the stage's own process; knows protocol 1
 * and nothing of the engine.
 */

export type { FailureCategory } from '../model/outcome.ts';
export type { Question } from '../model/question.ts';
export type { StageError } from '../plugin/protocol.ts';
export type { Json } from '../util/canonical-json.ts';
export type { Checkpoint } from './checkpoint.ts';
export { defineStage } from './define-stage.ts';
export type {
  LogFunction,
  ProgressFunction,
  StageContext,
  StageDefinition,
  StageFile,
  StageOutput,
  StageShape,
} from './stage-context.ts';
export { StageFailure } from './stage-context.ts';
