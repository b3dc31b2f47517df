/**
 * `high-res-mapping/node`: files, picture decoding, data sets, ONNX Runtime for Node, PNG figures.
 *
 * @module high-res-mapping/node
 */
export { type Batch, type BatchOptions, batches } from './data/batches/batches.ts';
export { type LabelledImage, type ReadImageOptions, readImage } from './data/batches/read-image.ts';
export {
  type CheckOptions,
  checkDataset,
  type DatasetReport,
  type Duplicates,
  needsMending,
  type SizedFile,
} from './data/dataset/check-dataset.ts';
export { GroundTruthFolder } from './data/dataset/ground-truth.ts';
export { type Dataset, type ImageFolder, openDataset, scanImageFolder } from './data/dataset/image-folder.ts';
export type { Placed, PlaceOptions } from './data/dataset/place-files.ts';
export { type SplitOptions, type SplitReport, splitDataset } from './data/dataset/split-dataset.ts';
export { type SubsetOptions, type SubsetReport, subsetDataset } from './data/dataset/subset-dataset.ts';
export { writeFileWhole } from './data/files/write-file.ts';
export type { MaskOptions } from './data/ground-truth/mask-rule.ts';
export type { ObjectTruth } from './data/ground-truth/object-truth.ts';
export { type DecodeOptions, readPicture } from './data/picture/decode.ts';
export { pictureFile } from './data/picture/picture-file.ts';
export type { PictureFileGiven } from './data/picture/picture-given.ts';
export { toImage, toImages } from './data/picture/unit-range.ts';
export type { ValueOptions, ValueRange } from './data/picture/value-range.ts';
export { encodeJpeg, encodePng } from './data/picture/write-picture.ts';
export { type WriteScenesOptions, writeScenes } from './data/scenes/write-scenes.ts';
export { explain, fullSize, type PictureGiven } from './explain-file.ts';
export { type ImportFileOptions, importFile, type PreprocessingGiven } from './import-file.ts';
export {
  type AnyModel,
  type LoadModelOptions,
  loadFullModel,
  loadHalfModel,
  loadModel,
  type ReadModelOptions,
  readAnyModel,
  readModel,
} from './load-model.ts';
export { drawPng } from './render/draw-png.ts';
export { type RasterizeOptions, rasterize } from './render/rasterize.ts';
export { openRanks } from './runtime/mpi/open-ranks.ts';
export { createSession } from './runtime/node.ts';
export { type DeviceChoice, type PickedDevice, pickDevice } from './runtime/pick-device.ts';
