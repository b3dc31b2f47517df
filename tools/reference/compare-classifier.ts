/**
 * Compares an imported classifier with the reference of `classifiers.py`: probabilities by PyTorch, maps by
 * pytorch-grad-cam at the same layer.
 */
import { type Imported, importClassifier } from '../../src/classifier/import-classifier.ts';
import type { Preprocessing } from '../../src/classifier/preprocessing.ts';
import { toImage } from '../../src/data/picture/unit-range.ts';
import { HalfModel } from '../../src/explain/half-model.ts';
import { gradCamPlusPlusMap } from '../../src/explain/methods/grad-cam-plus-plus.ts';
import { methodsFor, openMethod } from '../../src/explain/methods/index.ts';
import { LayerReader, type LayerReading } from '../../src/explain/methods/layer-reader.ts';
import type { ReadBeside } from '../../src/graph/onnx/external-data.ts';
import { createSession } from '../../src/runtime/node.ts';
import { type Picture, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { changeByRounding, epsilon, lessItsShareOf, peakOf } from './grad-cam-rounding.ts';

/** The file that `classifiers.py` writes beside the ONNX files of a network. */
export interface ClassifierReference {
  readonly size: number;
  readonly normalisation: { readonly mean: readonly number[]; readonly std: readonly number[] } | null;
  /** uint8 `[size, size, 3]`, in base64. */
  readonly picture: string;
  readonly probabilities: readonly number[];
  readonly class: number;
  /** Height and width of the maps. */
  readonly grid: readonly [number, number];
  /** For each file, the target layer's name. */
  readonly layers?: Readonly<Record<string, string>>;
  readonly layer?: string;
  readonly maps: Readonly<Record<string, readonly number[]>>;
}

export interface ClassifierComparison {
  readonly imported: Imported;
  readonly milliseconds: { readonly import: number; readonly map: number };
  /** Largest difference of a probability. */
  readonly probabilities: number;
  /** Whether the layer found automatically is the reference's. */
  readonly layerFound: boolean;
  /** For each method, the largest difference relative to the map's largest magnitude. */
  readonly maps: Readonly<Record<string, number>>;
}

/**
 * Methods with signed maps. The library clips all maps at 0; here only the methods do whose paper has a ReLU.
 */
const signed = ['cam', 'hirescam', 'eigen-cam'];

export async function compareClassifier(
  bytes: Uint8Array,
  file: string,
  reference: ClassifierReference,
  readBeside?: ReadBeside,
): Promise<ClassifierComparison> {
  const { size, normalisation, grid } = reference;
  const picture: Picture = tensor(
    'uint8',
    [size, size, 3],
    new Uint8Array(Buffer.from(reference.picture, 'base64')),
  );
  const preprocessing: Preprocessing = {
    scale: 1,
    mean: normalisation?.mean ?? [0],
    std: normalisation?.std ?? [1],
    bgr: false,
  };
  const start = performance.now();
  const options = { name: file, preprocessing, size, readBeside, pictures: [picture] };
  const imported = await importClassifier(bytes, createSession, options);
  const done = performance.now();
  // The written file, as others read it.
  const model = await HalfModel.load(imported.file, createSession);
  const layer = reference.layers?.[file] ?? reference.layer ?? model.network.layers.target;
  const image = toImage(picture);
  const { data } = await model.predict(image);
  const maps: Record<string, number> = {};
  let map = 0;
  for (const { name } of methodsFor(model.network)) {
    const expected = reference.maps[name];
    if (!expected) continue;
    const begun = performance.now();
    const ours = await mapOf(model, name, layer, image, reference.class);
    if (name === 'hirescam') map = performance.now() - begun;
    if (String(ours.map.shape.slice(-2)) !== String(grid)) {
      throw new Error(`${file}: ${name} gives [${ours.map.shape}], the reference ${grid.join(' x ')}`);
    }
    maps[name] = relativeError(ours.map.data, name, expected, ours.reading);
  }
  await model.release();
  return {
    imported,
    milliseconds: { import: done - start, map },
    probabilities: Math.max(...reference.probabilities.map((value, c) => Math.abs(value - data[c]))),
    layerFound: imported.classifier.imported.layers.target === layer,
    maps,
  };
}

async function mapOf(
  { network }: HalfModel,
  name: string,
  layer: string,
  image: Tensor<'float32'>,
  classIndex: number,
): Promise<{ map: Tensor<'float32'>; reading?: LayerReading }> {
  if (name === 'grad-cam++') {
    const reader = new LayerReader(network, [layer], createSession);
    const [reading] = await reader.gradients(image, classIndex);
    await reader.release();
    return { map: gradCamPlusPlusMap(reading, epsilon), reading };
  }
  const method = await openMethod(name, network, createSession, name === 'cam' ? {} : { layers: [layer] });
  const maps = await method.maps(image, [classIndex]);
  await method.release?.();
  return { map: maps };
}

/**
 * @param reading for Grad-CAM++: the part of the error that rounding alone explains is subtracted
 * (`grad-cam-rounding.ts`)
 */
function relativeError(
  ours: Float32Array,
  name: string,
  expected: readonly number[],
  reading?: LayerReading,
): number {
  // The library does not fix the sign of a singular vector.
  const turned =
    name === 'eigen-cam' && -Math.min(...expected) > Math.max(...expected)
      ? expected.map((v) => -v)
      : expected;
  const wanted = signed.includes(name) ? turned : turned.map((v) => Math.max(0, v));
  const peak = peakOf(expected) || 1;
  const errors = wanted.map((value, i) => (value - ours[i]) / peak);
  const change = reading ? changeByRounding(reading).map((value) => value / peak) : [];
  return peakOf(peakOf(change) > 1e-4 ? lessItsShareOf(change, errors) : errors);
}
