/**
 * `high-res-mapping/metrics`: how well predictions match labels, and maps match objects. It runs anywhere.
 */
export { type Agreement, agreement } from './agreement.ts';
export { type BackgroundLevels, backgroundLevel, backgroundLevels } from './background-level.ts';
export {
  differenceIntervals,
  type Interval,
  interval95,
  type Resampled,
  resampleWeights,
  scoreIntervals,
} from './bootstrap.ts';
export { type ClassificationReport, classificationReport } from './classification.ts';
export { evaluationMap } from './evaluation-map.ts';
export {
  type Faithfulness,
  type FaithfulnessCase,
  faithfulness,
  meanFaithfulness,
} from './faithfulness.ts';
export {
  type GridFigure,
  type GridPointing,
  type GridScores,
  gridCell,
  gridPointing,
  gridScores,
  resampleGrid,
} from './grid-pointing.ts';
export {
  type InsertionDeletion,
  type InsertionDeletionOptions,
  insertionDeletion,
  type Predict,
} from './insertion-deletion.ts';
export {
  type GroundTruth,
  type LocalisationScores,
  localisationScores,
  type MapMeasures,
  measureMap,
  type PreparedTruth,
  prepareTruth,
  type ResampledFigure,
  resampleScores,
} from './localisation.ts';
export { topKAccuracy, trueClassRanks } from './top-k.ts';
