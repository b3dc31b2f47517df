/** `high-res-mapping/metrics`: how well predictions match labels, and maps objects. It runs anywhere. */
export { type Agreement, agreement } from './agreement.ts';
export { type Interval, interval95, resampleWeights } from './bootstrap.ts';
export { type ClassificationReport, classificationReport } from './classification.ts';
export { evaluationMap } from './evaluation-map.ts';
export {
  type Faithfulness,
  type FaithfulnessCase,
  faithfulness,
  meanFaithfulness,
} from './faithfulness.ts';
export {
  type InsertionDeletion,
  type InsertionDeletionOptions,
  insertionDeletion,
  type Predict,
} from './insertion-deletion.ts';
export {
  differenceIntervals,
  type GroundTruth,
  type LocalisationScores,
  localisationScores,
  type MapMeasures,
  measureMap,
  type PreparedTruth,
  prepareTruth,
  type Resampled,
  resampleScores,
  scoreIntervals,
} from './localisation.ts';
export { topKAccuracy, trueClassRanks } from './top-k.ts';
