/** Compares each image's maps of every method with the ground truth. */
import { type ClassGroups, strongestOf } from '../../data/dataset/class-groups.ts';
import { mapAt } from '../../explain/images.ts';
import { type MapMeasures, measureMap, prepareTruth } from '../../metrics/localisation.ts';
import { resizeBilinear } from '../../refine/maps/resize-bilinear.ts';
import type { LocalisedImage } from '../../report/localisation.ts';
import { argMax } from '../../tensor/arg-max.ts';
import { itemAt } from '../../tensor/batch.ts';
import type { FloatMap } from '../../tensor/tensor.ts';
import type { MeasuredMethod, Opened } from './methods.ts';
import type { LabelledBatch, MeasuredPictures, PassOptions } from './pictures.ts';

export interface Measured {
  readonly images: readonly LocalisedImage[];
  /** For each image, the index of the explained class. */
  readonly explained: readonly number[];
  /** By method and image. */
  readonly measures: readonly (readonly MapMeasures[])[];
  /** Time for one map, by method, in milliseconds. */
  readonly milliseconds: readonly number[];
  readonly skipped: readonly (readonly [path: string, reason: string])[];
}

/** How the explained class of an image is chosen. */
export interface ClassChoice {
  /** The model's classes, by index. */
  readonly classes: readonly string[];
  /** The model's classes of each label; undefined: the labels are the model's classes. */
  readonly groups?: ClassGroups;
  /** 'folder': the most probable of the label's classes; 'predicted': the most probable of all classes. */
  readonly from: 'folder' | 'predicted';
}

/** An image, and the class whose maps are measured. */
export interface ChosenImage {
  readonly image: LocalisedImage;
  /** The index of that class. */
  readonly index: number;
  /** The probability of that class, in [0, 1]. */
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

/** All batches, with the explained class of each image. */
export async function* chosenBatches(
  { half, model }: Opened,
  pictures: MeasuredPictures,
  { choice, ...options }: PassOptions & { readonly choice: ClassChoice },
  onSkipped: (path: string, reason: string) => void,
): AsyncGenerator<LabelledBatch & { readonly chosen: readonly ChosenImage[] }> {
  const passes = pictures.batches({ ...options, channels: model.channels }, onSkipped);
  for await (const batch of passes) {
    const { images, labels, paths } = batch;
    const probabilities = await half.predict(images);
    const chosen = paths.map((path, i) => choose(itemAt(probabilities, i).data, path, labels[i], choice));
    yield { ...batch, chosen };
  }
}

/**
 * Measures all maps.
 * @param onBatch called with the number of images done
 * @throws when no image has a ground truth
 */
export async function measureAll(
  methods: readonly MeasuredMethod[],
  opened: Opened,
  pictures: MeasuredPictures,
  options: PassOptions & { readonly evalSize: number; readonly choice: ClassChoice },
  onBatch: (done: number) => void,
): Promise<Measured> {
  const found: LocalisedImage[] = [];
  const explained: number[] = [];
  const measures: MapMeasures[][] = methods.map(() => []);
  const spent = methods.map(() => 0);
  const skipped: [string, string][] = [];
  const passes = chosenBatches(opened, pictures, options, (...one) => skipped.push(one));
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
  if (found.length === 0) throw new Error(`${pictures.dir}: no image has a mask or box of its object`);
  const milliseconds = spent.map((ms) => ms / found.length);
  return { images: found, explained, measures, milliseconds, skipped };
}

/** Enlarges a map to the size of the image, by bilinear interpolation. */
export function fullSize(map: FloatMap, size: number): FloatMap {
  return map.shape[0] === size && map.shape[1] === size ? map : resizeBilinear(map, size, size);
}
