/** Every image of a test folder against its ground truth, by every method. */
import { batches } from '../../data/batches/batches.ts';
import { PictureCache } from '../../data/batches/picture-cache.ts';
import { type ClassGroups, strongestOf } from '../../data/dataset/class-groups.ts';
import type { GroundTruthFolder } from '../../data/dataset/ground-truth.ts';
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import { toImages } from '../../data/picture/unit-range.ts';
import type { ValueRange } from '../../data/picture/value-range.ts';
import { mapAt } from '../../explain/images.ts';
import { type GroundTruth, type MapMeasures, measureMap, prepareTruth } from '../../metrics/localisation.ts';
import { resizeBilinear } from '../../refine/maps/resize-bilinear.ts';
import type { LocalisedImage } from '../../report/localisation.ts';
import { argMax } from '../../tensor/arg-max.ts';
import { itemAt, stack } from '../../tensor/batch.ts';
import type { FloatMap, Tensor } from '../../tensor/tensor.ts';
import type { MeasuredMethod, Opened } from './methods.ts';

export interface PassOptions {
  readonly imSize: number;
  readonly batchSize: number;
  /** Of pictures whose values are no grey levels, as `BatchOptions` has it. */
  readonly valueRange?: ValueRange;
  readonly onNote?: (path: string, note: string) => void;
}

export interface Measured {
  readonly images: readonly LocalisedImage[];
  /** Of each image: index of the model's class that its maps are of. */
  readonly explained: readonly number[];
  /** Of each method, of each image. */
  readonly measures: readonly (readonly MapMeasures[])[];
  /** To make one map, of each method, in milliseconds. */
  readonly milliseconds: readonly number[];
  readonly skipped: readonly (readonly [path: string, reason: string])[];
}

/** Images, and what is true of them. */
export interface LabelledBatch {
  readonly images: Tensor<'float32'>;
  readonly labels: readonly number[];
  readonly paths: readonly string[];
  readonly truths: readonly GroundTruth[];
}

/** Batches of the images that have a ground truth. @param onSkipped told of every other one, and of those that cannot be read */
export async function* labelledBatches(
  split: ImageFolder,
  groundTruth: GroundTruthFolder,
  { imSize, batchSize, valueRange, onNote, channels }: PassOptions & { readonly channels: number },
  onSkipped: (path: string, reason: string) => void,
): AsyncGenerator<LabelledBatch> {
  const passes = batches(split, {
    size: imSize,
    channels: channels as 1 | 3,
    batchSize,
    valueRange,
    onNote,
    cache: new PictureCache(0),
    onUnreadable: (path, { reason }) => onSkipped(path, reason),
  });
  for await (const { pictures, labels, paths } of passes) {
    const truths = await Promise.all(paths.map((path) => groundTruth.of(path)));
    const known = truths.flatMap((truth, i) => (truth ? [{ truth, i }] : []));
    for (const [i, truth] of truths.entries()) {
      if (truth === undefined) onSkipped(paths[i], 'nothing says where the object is');
    }
    if (known.length === 0) continue;
    yield {
      images: toImages(stack(known.map(({ i }) => itemAt(pictures, i)))),
      labels: known.map(({ i }) => labels[i]),
      paths: known.map(({ i }) => paths[i]),
      truths: known.map(({ truth }) => truth),
    };
  }
}

/** Of what class the maps of an image are. */
export interface ClassChoice {
  /** Of the model, by index. */
  readonly classes: readonly string[];
  /** The model's classes that each label stands for; undefined: labels are the model's classes. */
  readonly groups?: ClassGroups;
  /** The most probable class of the label's, or of all. */
  readonly from: 'folder' | 'predicted';
}

/** What is said of an image, and the model's class whose maps are measured. */
export interface ChosenImage {
  readonly image: LocalisedImage;
  /** Of that class. */
  readonly index: number;
  /** That the model gives it, in [0, 1]. */
  readonly probability: number;
}

/** @param row probabilities by class */
function choose(
  row: Float32Array,
  path: string,
  label: number,
  { classes, groups, from }: ClassChoice,
): ChosenImage {
  const best = argMax(row);
  const chosen = (index: number, prediction?: number): ChosenImage => ({
    image: { path, label, prediction, explained: classes[index] },
    index,
    probability: row[index],
  });
  if (from === 'predicted') return chosen(best);
  if (groups === undefined) return chosen(label, best);
  const prediction = groups.findIndex((group) => group.includes(best));
  return chosen(strongestOf(row, groups[label]), prediction);
}

/** `labelledBatches`, with the class of each image whose maps are measured. */
export async function* chosenBatches(
  { half, model }: Opened,
  split: ImageFolder,
  groundTruth: GroundTruthFolder,
  { choice, ...options }: PassOptions & { readonly choice: ClassChoice },
  onSkipped: (path: string, reason: string) => void,
): AsyncGenerator<LabelledBatch & { readonly chosen: readonly ChosenImage[] }> {
  const passes = labelledBatches(split, groundTruth, { ...options, channels: model.channels }, onSkipped);
  for await (const batch of passes) {
    const { images, labels, paths } = batch;
    const probabilities = await half.predict(images);
    const chosen = paths.map((path, i) => choose(itemAt(probabilities, i).data, path, labels[i], choice));
    yield { ...batch, chosen };
  }
}

/**
 * Measures all maps.
 * @param onBatch told how many images are done
 * @throws when no image has a ground truth
 */
export async function measureAll(
  methods: readonly MeasuredMethod[],
  opened: Opened,
  split: ImageFolder,
  groundTruth: GroundTruthFolder,
  options: PassOptions & { readonly evalSize: number; readonly choice: ClassChoice },
  onBatch: (done: number) => void,
): Promise<Measured> {
  const found: LocalisedImage[] = [];
  const explained: number[] = [];
  const measures: MapMeasures[][] = methods.map(() => []);
  const spent = methods.map(() => 0);
  const skipped: [string, string][] = [];
  const passes = chosenBatches(opened, split, groundTruth, options, (...one) => skipped.push(one));
  for await (const { images, truths, chosen } of passes) {
    const indices = chosen.map(({ index }) => index);
    found.push(...chosen.map(({ image }) => image));
    explained.push(...indices);
    const prepared = truths.map((truth) => prepareTruth(truth, options.evalSize));
    for (const [m, method] of methods.entries()) {
      const start = performance.now();
      const maps = await method.maps(images, indices, truths);
      spent[m] += performance.now() - start;
      for (const [i, truth] of prepared.entries()) {
        measures[m].push(measureMap(fullSize(mapAt(maps, i), options.imSize), truth));
      }
    }
    onBatch(found.length + skipped.length);
  }
  if (found.length === 0) throw new Error(`${split.dir}: nothing says of any image where the object is`);
  const milliseconds = spent.map((ms) => ms / found.length);
  return { images: found, explained, measures, milliseconds, skipped };
}

/** A map smaller than the image, enlarged to it: bilinear. */
export function fullSize(map: FloatMap, size: number): FloatMap {
  return map.shape[0] === size && map.shape[1] === size ? map : resizeBilinear(map, size, size);
}
