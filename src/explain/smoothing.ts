/**
 * A CAM method averaged over several views of each image: details that depend on the position of a view's
 * grid are averaged out.
 */
import { nearestSize, type SizeRule } from '../models/network.ts';
import { sampleBilinear } from '../tensor/sample-bilinear.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { CamMethod } from './cam-method.ts';
import { mapAt } from './images.ts';

/** Options of `smoothed`. */
export interface SmoothingOptions {
  /** Whether each view is also mirrored, left to right. Default true. */
  readonly flip?: boolean;
  /**
   * Sizes of the views, relative to the image; each is rounded to one that the network accepts, and equal
   * ones are used once. Default 0.75, 1, 1.25, 1.75.
   */
  readonly scales?: readonly number[];
  /**
   * How maps are scaled before they are averaged. 'raw': not at all, so that a view's weight is the magnitude
   * of its map; 'peak': each is divided by its largest magnitude, for maps whose unit depends on the view's
   * size. Scaling to [0, 1] is not offered, as it would move the zero of signed maps. Default 'raw'.
   */
  readonly scaling?: 'raw' | 'peak';
  /** Heights and widths that the network accepts. Default: multiples of 32. */
  readonly sizes?: SizeRule;
}

/**
 * About half an octave in both directions, and one larger view, for details the size of a cell of the low-res
 * map.
 */
const defaultScales: readonly number[] = [0.75, 1, 1.25, 1.75];

/**
 * The mean of a method's maps over resized and mirrored views of each image. Every map is mirrored back and
 * resized (bilinear, half-pixel centres) to the size of the largest one. With the defaults this costs 12
 * times as much as one map.
 * @throws when there is no scale, or one is not a number > 0
 * @example
 * ```ts
 * import { openMethod, random, renderScene, smoothed } from 'high-res-mapping';
 * import { createSession, loadModel, toImage } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const hiResCam = await openMethod('hirescam', model.network, createSession);
 * const method = smoothed(hiResCam, { scales: [1, 2], scaling: 'peak' }); // views of 64 and 128 pixels
 * const { picture } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * const maps = await method.maps(toImage(picture), [model.classes.indexOf('star')]);
 * console.log(method.name, maps.shape); //=> hirescam+smooth [ 1, 8, 8 ]
 * await method.release?.();
 * await model.release();
 * ```
 */
export function smoothed(
  method: CamMethod,
  { flip = true, scales = defaultScales, scaling = 'raw', sizes = { multiple: 32 } }: SmoothingOptions = {},
): CamMethod {
  const wrong = scales.find((scale) => !(Number.isFinite(scale) && scale > 0));
  if (wrong !== undefined) throw new Error(`smoothing: scales must be numbers > 0, got ${wrong}`);
  if (scales.length === 0) throw new Error('smoothing: at least one scale is needed, got none');
  return {
    name: `${method.name}+smooth`,
    about: { ...method.about, smooth: true },
    async maps(images, classes) {
      const views: Tensor<'float32'>[] = [];
      for (const [height, width] of sizesOf(images, scales, sizes)) {
        const resized = resizeImages(images, height, width);
        views.push(await method.maps(resized, classes));
        if (flip) views.push(mirrored(await method.maps(mirrored(resized), classes)));
      }
      return meanOf(scaling === 'peak' ? views.map(byPeak) : views);
    },
    release: async () => method.release?.(),
  };
}

function sizesOf(
  { shape }: Tensor,
  scales: readonly number[],
  rule: SizeRule,
): (readonly [number, number])[] {
  const sizes = scales.map(
    (scale) => [nearestSize(rule, shape[1] * scale), nearestSize(rule, shape[2] * scale)] as const,
  );
  return sizes.filter((size, i) => sizes.findIndex((other) => String(other) === String(size)) === i);
}

/** Resizes images `[N, H, W, C]`. */
function resizeImages(images: Tensor<'float32'>, height: number, width: number): Tensor<'float32'> {
  const [n, oldHeight, oldWidth, channels] = images.shape;
  if (height === oldHeight && width === oldWidth) return images;
  const out = tensor('float32', [n, height, width, channels]);
  const oldSize = oldHeight * oldWidth;
  const size = height * width;
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < channels; c++) {
      const plane = tensor('float32', [oldHeight, oldWidth]);
      for (let p = 0; p < oldSize; p++) plane.data[p] = images.data[(i * oldSize + p) * channels + c];
      const { data } = sampleBilinear(plane, height, width);
      for (let p = 0; p < size; p++) out.data[(i * size + p) * channels + c] = data[p];
    }
  }
  return out;
}

/** Images `[N, H, W, C]` or maps `[N, h, w]`, mirrored left to right. */
export function mirrored({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  const [n, height, width, channels = 1] = shape;
  const out = tensor('float32', shape);
  for (let row = 0; row < n * height; row++) {
    for (let x = 0; x < width; x++) {
      const from = (row * width + x) * channels;
      out.data.set(data.subarray(from, from + channels), (row * width + (width - 1 - x)) * channels);
    }
  }
  return out;
}

/** Each map `[h, w]` divided by its largest magnitude; a map of zeros is unchanged. */
function byPeak(maps: Tensor<'float32'>): Tensor<'float32'> {
  const out = tensor('float32', maps.shape);
  for (let i = 0; i < maps.shape[0]; i++) {
    const { data } = mapAt(maps, i);
    const peak = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    out.data.set(
      data.map((value) => value / peak),
      i * data.length,
    );
  }
  return out;
}

/** The mean of maps `[N, h, w]` of different sizes, in the largest size. */
function meanOf(views: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [n] = views[0].shape;
  const height = Math.max(...views.map(({ shape }) => shape[1]));
  const width = Math.max(...views.map(({ shape }) => shape[2]));
  const mean = tensor('float32', [n, height, width]);
  for (const maps of views) {
    for (let i = 0; i < n; i++) {
      const { data } = sampleBilinear(mapAt(maps, i), height, width);
      for (let p = 0; p < data.length; p++) mean.data[i * data.length + p] += data[p] / views.length;
    }
  }
  return mean;
}
