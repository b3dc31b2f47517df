/**
 * The main entry: explain, refine, draw. It runs anywhere, including browsers. `high-res-mapping/node` adds
 * files and ONNX Runtime for Node, `high-res-mapping/browser` the same for browsers. `/models`, `/graph`,
 * `/train`, `/metrics` and `/report` export the parts.
 *
 * @module high-res-mapping
 */

export type { Declared } from './classifier/declared.ts';
export type { ClassifierLayer, Fit, ImportFacts } from './classifier/facts.ts';
export { imagenetNames, imagenetSynsets } from './classifier/imagenet-classes.ts';
export {
  type Imported,
  type ImportOptions,
  type ImportReport,
  importClassifier,
} from './classifier/import-classifier.ts';
export { importLines } from './classifier/import-lines.ts';
export { encodeImported, type ImportedClassifier } from './classifier/imported-classifier.ts';
export { namedPreprocessing, type Preprocessing } from './classifier/preprocessing.ts';
export { ClassMapper } from './data/dataset/class-names.ts';
export { displaySide, type PictureSource, pictureInMemory } from './data/picture/picture-source.ts';
export { renderScene, type Scene } from './data/scenes/scene.ts';
export { type ShapeName, shapeNames } from './data/scenes/shapes.ts';
export { FileError } from './errors/file-error.ts';
export { ModelKindError } from './errors/model-kind-error.ts';
export { OutOfMemoryError } from './errors/out-of-memory-error.ts';
export type { CamMethod, UsedMethod } from './explain/cam-method.ts';
export {
  CamModel,
  type ClassChoice,
  type Explanation,
  type LoadOptions,
  type Prediction,
} from './explain/cam-model.ts';
export {
  type Asked,
  type ExplainEachOptions,
  type Explained,
  type ExplainedMaps,
  type ExplainOptions,
  explain,
  explainWith,
  type Looker,
  NoEvidenceError,
  type RefineInput,
  refineMaps,
} from './explain/explain.ts';
export { FullModel } from './explain/full-model.ts';
export { type FullSize, fullSize } from './explain/full-size.ts';
export { HalfModel } from './explain/half-model.ts';
export { imageAt, mapAt, stackMaps } from './explain/images.ts';
export { type Look, lookAt } from './explain/look.ts';
export { camMethods, type OpenMethodOptions, openMethod } from './explain/methods/index.ts';
export type { CamMethodEntry } from './explain/methods/method.ts';
export { type SmoothingOptions, smoothed } from './explain/smoothing.ts';
export { type CrfOptions, denseCrf } from './refine/crf/dense-crf.ts';
export { softLabel } from './refine/crf/soft-label.ts';
export { cutOutOf } from './refine/full-size/lay-out.ts';
export {
  type CrfRefinement,
  type CrfRefinement as CrfFigure,
  defaultsFor,
  type Refinement,
  type RefineOptions,
  type Refiner,
  type RegionRefinement,
  type RegionRefinement as PipelineFigure,
  refine,
  refineDefaults,
  refiner,
  refinerFor,
} from './refine/pipeline.ts';
export { type CamSample, drawCamSheet } from './render/cam-sheet.ts';
export { type ColorizeOptions, type ColormapName, colorize, colormapNames } from './render/colormap.ts';
export { type DrawOverlayOptions, drawOverlay, type OverlayOptions, overlay } from './render/overlay.ts';
export { type DrawPipelineOptions, drawPipeline } from './render/pipeline-figure.ts';
export { describeMethod, type FigureMaps, figureWords } from './report/figure-words.ts';
export type { CreateSession, Device, Session, SessionOptions } from './runtime/session.ts';
export { decodeNpy, encodeNpy } from './tensor/npy.ts';
export { type Random, random } from './tensor/random.ts';
export { type DType, type FloatMap, type Mask, type Picture, type Tensor, tensor } from './tensor/tensor.ts';
