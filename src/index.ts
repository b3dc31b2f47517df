/**
 * The public names that run anywhere, browsers included. What reads and writes files, or chooses a runtime, is in
 * `high-res-mapping/node`.
 */
export { ClassMapper } from './data/dataset/class-names.ts';
export { renderScene, type Scene } from './data/scenes/scene.ts';
export { type ShapeName, shapeNames } from './data/scenes/shapes.ts';
export type { CamMethod } from './explain/cam-method.ts';
export {
  CamModel,
  type ClassChoice,
  type Explanation,
  type LoadOptions,
  mapAt,
  type Prediction,
} from './explain/cam-model.ts';
export { FullModel } from './explain/full-model.ts';
export { HalfModel } from './explain/half-model.ts';
export { camMethods, type OpenMethodOptions, openMethod } from './explain/methods/index.ts';
export { type LayerName, layerNames } from './explain/methods/layers.ts';
export type { CamMethodEntry } from './explain/methods/method.ts';
export { type SmoothingOptions, smoothed } from './explain/smoothing.ts';
export { gradients } from './graph/autodiff.ts';
export { Graph, type Value } from './graph/graph.ts';
export { decodeOnnx, encodeOnnx } from './graph/onnx/proto.ts';
export { type Builders, builders } from './graph/ops/index.ts';
export { type Agreement, agreement } from './metrics/agreement.ts';
export { type Interval, interval95, resampleWeights } from './metrics/bootstrap.ts';
export { type ClassificationReport, classificationReport } from './metrics/classification.ts';
export { evaluationMap } from './metrics/evaluation-map.ts';
export {
  type Faithfulness,
  type FaithfulnessCase,
  faithfulness,
  meanFaithfulness,
} from './metrics/faithfulness.ts';
export {
  type InsertionDeletion,
  type InsertionDeletionOptions,
  insertionDeletion,
  type Predict,
} from './metrics/insertion-deletion.ts';
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
} from './metrics/localisation.ts';
export { topKAccuracy, trueClassRanks } from './metrics/top-k.ts';
export { compareWeights, formatComparison, type WeightComparison } from './models/compare-weights.ts';
export { decodeKerasModel, encodeKerasModel, type KerasOptions } from './models/keras-model.ts';
export {
  type Expansion,
  expansions,
  initializeWeights,
  type Model,
  type ModelConfig,
  type ModelType,
  transferWeights,
  type Weights,
} from './models/model.ts';
export { decodeModel, encodeModel } from './models/model-file.ts';
export { formatSummary, type ModelSummary, summarize } from './models/summary.ts';
export { type CrfOptions, denseCrf } from './refine/crf/dense-crf.ts';
export { softLabel } from './refine/crf/soft-label.ts';
export {
  type CrfRefinement,
  type Refinement,
  type RefineOptions,
  type Refiner,
  type RegionRefinement,
  refine,
  refineDefaults,
  refiner,
  refinerFor,
} from './refine/pipeline.ts';
export { type CamSample, drawCamSheet } from './render/cam-sheet.ts';
export { type ColorizeOptions, type ColormapName, colorize, colormapNames } from './render/colormap.ts';
export { type DrawOverlayOptions, drawOverlay, type OverlayOptions, overlay } from './render/overlay.ts';
export {
  type CrfFigure,
  type DrawPipelineOptions,
  drawPipeline,
  type PipelineFigure,
} from './render/pipeline-figure.ts';
export type { EvaluationFigures } from './report/evaluation.ts';
export { evaluationReport } from './report/evaluation-report.ts';
export type { Localisation, MethodFigures } from './report/localisation.ts';
export {
  type LocalisedExample,
  localisationReport,
  type MethodExamples,
} from './report/localisation-report.ts';
export type { ExplainedClass, Mistake } from './report/mistakes-section.ts';
export { type EpochFigures, historyCsv } from './report/training-history.ts';
export { type TrainingReport, trainingReport } from './report/training-report.ts';
export type { CreateSession, Device, Session, SessionOptions } from './runtime/session.ts';
export { decodeNpy, encodeNpy } from './tensor/npy.ts';
export { type Random, random } from './tensor/random.ts';
export { type DType, type FloatMap, type Mask, type Picture, type Tensor, tensor } from './tensor/tensor.ts';
export {
  type Checkpoint,
  type EpochEnd,
  type EpochRecord,
  type Progress,
  type SaveReason,
  type StepReport,
  type TrainOptions,
  type TrainResult,
  train,
} from './train/loop.ts';
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
} from './train/optimizers.ts';
export {
  type CosineOptions,
  constantRate,
  cosine,
  type PlateauOptions,
  reduceOnPlateau,
  type Schedule,
} from './train/schedule.ts';
export { fullStep, halfStep, type TrainingStep } from './train/step.ts';
