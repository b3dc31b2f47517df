/** Mosaics of photographs of different classes, and measures of their maps. */
import { readPicture } from '../../data/picture/decode.ts';
import { toImage } from '../../data/picture/unit-range.ts';
import type { ValueRange } from '../../data/picture/value-range.ts';
import { mapAt } from '../../explain/images.ts';
import { type GridPointing, gridCell, gridPointing } from '../../metrics/grid-pointing.ts';
import { type GroundTruth, objectMask } from '../../metrics/localisation.ts';
import { resizeMask } from '../../metrics/resize-mask.ts';
import { itemAt, itemsBetween, stack } from '../../tensor/batch.ts';
import type { Random } from '../../tensor/random.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { type ChosenImage, type ClassChoice, chosenBatches, fullSize } from './measure.ts';
import type { MeasuredMethod, Opened } from './methods.ts';
import type { MeasuredPictures, PassOptions } from './pictures.ts';

/** The photographs of a mosaic, in row-major order. */
export type Mosaic = readonly ChosenImage[];

/** The photographs that a model classifies correctly with the highest probability. */
export interface SurePhotographs {
  /** By class, the highest probability first. */
  readonly byClass: readonly (readonly ChosenImage[])[];
  /** The number of correctly classified photographs from which they were selected. */
  readonly right: number;
}

/**
 * Selects the photographs with the highest probability among the correctly classified ones. If the predicted
 * class is the explained one, all count as correct. It selects a share instead of a minimum probability: the
 * confidence of classifiers depends too much on their training and number of classes.
 * @param share in (0, 1]
 * @param onBatch called with the number of images done
 */
export async function surePhotographs(
  opened: Opened,
  pictures: MeasuredPictures,
  options: PassOptions & { readonly choice: ClassChoice },
  share: number,
  onBatch: (done: number) => void,
): Promise<SurePhotographs> {
  const byFolder = options.choice.from === 'folder';
  const right: ChosenImage[] = [];
  let done = 0;
  for await (const { chosen } of chosenBatches(opened, pictures, options, () => {})) {
    right.push(...chosen.filter(({ image }) => !byFolder || image.prediction === image.label));
    done += chosen.length;
    onBatch(done);
  }
  right.sort((a, b) => b.probability - a.probability);
  const byClass = new Map<number, ChosenImage[]>();
  for (const one of right.slice(0, Math.ceil(share * right.length))) {
    const key = byFolder ? one.image.label : one.index;
    byClass.set(key, [...(byClass.get(key) ?? []), one]);
  }
  return { byClass: [...byClass.values()], right: right.length };
}

/**
 * Mosaics of `n` x `n` photographs of different classes. As in the paper's code, classes are drawn uniformly
 * from those with photographs left, and each gives its most probable one. No photograph is used twice, so
 * there may be fewer than `most` mosaics.
 * @param byClass the photographs of each class, the highest probability first
 */
export function drawMosaics(
  byClass: readonly (readonly ChosenImage[])[],
  n: number,
  most: number,
  draw: Random,
): Mosaic[] {
  const mosaics: Mosaic[] = [];
  const used = byClass.map(() => 0);
  while (mosaics.length < most) {
    const open = used.flatMap((count, c) => (count < byClass[c].length ? [c] : []));
    if (open.length < n * n) break;
    const classes = draw.shuffle(open).slice(0, n * n);
    mosaics.push(classes.map((c) => byClass[c][used[c]++]));
  }
  return mosaics;
}

/**
 * Measures the maps of all mosaics, one map for each class in a mosaic.
 * @param onDone called with the number of mosaics done
 * @returns by method, mosaic and cell
 */
export async function measureMosaics(
  methods: readonly MeasuredMethod[],
  mosaics: readonly Mosaic[],
  n: number,
  pictures: MeasuredPictures,
  { imSize, batchSize, valueRange, channels }: PassOptions & { readonly channels: number },
  onDone: (done: number) => void,
): Promise<GridPointing[][][]> {
  const found: GridPointing[][][] = methods.map(() => []);
  await pictures.hold(mosaics.flatMap((mosaic) => mosaic.map(({ image }) => image.path)));
  for (const [done, mosaic] of mosaics.entries()) {
    const { image, truths } = await openMosaic(mosaic, n, pictures, {
      size: imSize,
      channels: channels as 1 | 3,
      valueRange,
    });
    const images = stack(mosaic.map(() => itemAt(image, 0)));
    for (const [m, method] of methods.entries()) {
      const cells: GridPointing[] = [];
      for (let from = 0; from < mosaic.length; from += batchSize) {
        const to = from + batchSize;
        const classes = mosaic.slice(from, to).map(({ index }) => index);
        const maps = await method.maps(itemsBetween(images, from, to), classes, truths.slice(from, to));
        for (const i of classes.keys()) {
          cells.push(gridPointing(fullSize(mapAt(maps, i), imSize), n, from + i));
        }
      }
      found[m].push(cells);
    }
    onDone(done + 1);
  }
  return found;
}

/** A mosaic as a model's input. */
export interface OpenedMosaic {
  /** float32 `[1, size, size, C]` in [0, 1]. */
  readonly image: Tensor<'float32'>;
  /** The object of each cell, in the mosaic. */
  readonly truths: readonly GroundTruth[];
}

export interface MosaicOptions {
  /** Height and width, in pixels. */
  readonly size: number;
  readonly channels: 1 | 3;
  readonly valueRange?: ValueRange;
}

/**
 * Reads a mosaic's photographs, each resized to its cell without keeping the proportions.
 * @throws when one can no longer be read
 */
export async function openMosaic(
  mosaic: Mosaic,
  n: number,
  pictures: Pick<MeasuredPictures, 'one'>,
  { size, channels, valueRange }: MosaicOptions,
): Promise<OpenedMosaic> {
  const picture = tensor('uint8', [size, size, channels]);
  const truths: GroundTruth[] = [];
  for (const [cell, { image }] of mosaic.entries()) {
    const [x0, y0, x1, y1] = gridCell([size, size], n, cell);
    const [height, width] = [y1 - y0, x1 - x0];
    const { file, truth } = await pictures.one(image.path);
    put(await readPicture(file, { height, width, channels, valueRange }), picture, x0, y0);
    const mask = tensor('uint8', [size, size]);
    if (truth) put(resizeMask(objectMask(truth), height, width), mask, x0, y0);
    truths.push({ size: [size, size], mask });
  }
  return { image: toImage(picture), truths };
}

/** Copies a part, `[h, w]` or `[h, w, C]`, into the whole at (x0, y0). */
function put(part: Tensor<'uint8'>, whole: Tensor<'uint8'>, x0: number, y0: number): void {
  const [height, width, channels = 1] = part.shape;
  const row = width * channels;
  for (let y = 0; y < height; y++) {
    const at = ((y0 + y) * whole.shape[1] + x0) * channels;
    whole.data.set(part.data.subarray(y * row, (y + 1) * row), at);
  }
}
