/** The public names that need Node: files, image decoding, ONNX Runtime for Node, PNG figures. */
export { type Batch, type BatchOptions, batches } from './data/batches.ts';
export {
  type CheckOptions,
  checkDataset,
  type DatasetReport,
  type Duplicates,
  needsMending,
  type SizedFile,
} from './data/check-dataset.ts';
export { type DecodeOptions, readPicture } from './data/decode.ts';
export { GroundTruthFolder, type ObjectTruth } from './data/ground-truth.ts';
export { type Dataset, type ImageFolder, openDataset, scanImageFolder } from './data/image-folder.ts';
export type { Placed, PlaceOptions } from './data/place-files.ts';
export { type LabelledImage, type ReadImageOptions, readImage, toImage } from './data/read-image.ts';
export { type SplitOptions, type SplitReport, splitDataset } from './data/split-dataset.ts';
export { type SubsetOptions, type SubsetReport, subsetDataset } from './data/subset-dataset.ts';
export { writeFileWhole } from './data/write-file.ts';
export { encodeJpeg, encodePng } from './data/write-picture.ts';
export { type WriteScenesOptions, writeScenes } from './data/write-scenes.ts';
export { type LoadModelOptions, loadFullModel, loadHalfModel, readModel } from './load-model.ts';
export { drawPng } from './render/draw-png.ts';
export { type RasterizeOptions, rasterize } from './render/rasterize.ts';
export { createSession } from './runtime/node.ts';
export { type DeviceChoice, type PickedDevice, pickDevice } from './runtime/pick-device.ts';
