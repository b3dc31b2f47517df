/**
 * `high-res-mapping/train`: training steps, their loop, optimisers and schedules. It runs anywhere.
 *
 * @module high-res-mapping/train
 */
export type { Ranks } from '../runtime/ranks.ts';
export type { StepBatch, StepOptions, TrainingStep } from './build-step.ts';
export { Crew, type CrewOptions, LeftAlone, RankError } from './crew.ts';
export {
  type Checkpoint,
  type EpochEnd,
  type EpochRecord,
  type Goal,
  type Progress,
  type SaveReason,
  type StepReport,
  type TrainOptions,
  type TrainResult,
  train,
} from './loop.ts';
export {
  type AdadeltaOptions,
  type AdamOptions,
  type AdamWOptions,
  adadelta,
  adam,
  adamw,
  type Optimizer,
  type SgdOptions,
  sgd,
} from './optimizers.ts';
export {
  type CosineOptions,
  constantRate,
  cosine,
  type PlateauOptions,
  reduceOnPlateau,
  type Schedule,
} from './schedule.ts';
export type { StateLayout, StateVectors, TrainingState } from './state-layout.ts';
export { fullStep, type HalfStepOptions, halfStep } from './step.ts';
