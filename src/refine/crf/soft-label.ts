/**
 * Soft labels, on which expansion networks are trained: where a class's object is, from a coarse map and the
 * picture's colours.
 */
import { sampleBilinear } from '../../tensor/sample-bilinear.ts';
import { type FloatMap, type Picture, tensor } from '../../tensor/tensor.ts';
import { otsu } from '../maps/otsu.ts';
import { Ranks } from '../maps/ranks.ts';
import { scale } from '../maps/scale.ts';
import { defaultsFor } from '../parameters.ts';
import { colourGrid } from './colour-grid.ts';
import { iterations, unaryLogits } from './crf-refiner.ts';
import { type CrfOptions, denseCrf } from './dense-crf.ts';

const grid = 48;
const crf: CrfOptions = { spatial: 0.3, colour: 10, weight: 3, iterations: 8 };
/** The share of the picture that the unary term takes for background. */
const background = 0.6;

/**
 * The probability that each pixel belongs to the object. The unary term is positive where the map, scaled to
 * [0, 1], is above its 60th percentile; a pyramid over the middle is added as a centre prior, because
 * photographs show their objects there; the pairwise term is that of the dense CRF. The prior changes only
 * soft labels, and is not part of any map of a trained model.
 * @param cam of the picture's true class, any size, raw
 * @param picture uint8 `[H, W, C]`
 * @param size of the result
 * @returns `[size, size]` in [0, 1]
 * @example
 * ```ts
 * import { softLabel, tensor } from 'high-res-mapping';
 *
 * const picture = tensor('uint8', [48, 48, 3]); // black, with a white square of 24 x 24 pixels in the middle
 * for (let y = 12; y < 36; y++) picture.data.fill(255, 3 * (48 * y + 12), 3 * (48 * y + 36));
 * const cam = tensor('float32', [3, 3], [0, 0, 0, 0, 1, 0, 0, 0, 0]);
 * const { shape, data } = softLabel(cam, picture, 48);
 * console.log(shape); //=> [ 48, 48 ]
 * console.log(data.filter((probability) => probability > 0.5).length, 24 * 24); //=> 576 576
 * ```
 */
export function softLabel(cam: FloatMap, picture: Picture, size: number): FloatMap {
  const map = scale(sampleBilinear(cam, grid, grid)).data;
  const ranks = new Ranks(map);
  const middle = ranks.percentile(100 * background);
  const logits = Float32Array.from(map, (value, i) => 4 * (value - middle) + 3 * (pyramid(i) - 0.35));
  const label = denseCrf(logits, colourGrid(picture, grid), grid, crf);
  return sampleBilinear(tensor('float32', [grid, grid], label), size, size);
}

/**
 * The probability that each pixel belongs to the object, without a centre prior: for maps that localise well.
 * Unary and pairwise term are those of the refiner `crf` with its defaults.
 * @param cam of the picture's class, any size, raw
 * @param picture uint8 `[H, W, C]`
 * @param size of the result
 * @returns `[size, size]` in [0, 1]
 */
export function objectLabel(cam: FloatMap, picture: Picture, size: number): FloatMap {
  const { crfLevel, crfSpatial, crfColour, crfWeight } = defaultsFor('crf');
  const map = scale(sampleBilinear(cam, grid, grid));
  const logits = unaryLogits(map, crfLevel * otsu(map)).data;
  const pairwise = { spatial: crfSpatial, colour: crfColour, weight: crfWeight, iterations };
  const label = denseCrf(logits, colourGrid(picture, grid), grid, pairwise);
  return sampleBilinear(tensor('float32', [grid, grid], label), size, size);
}

/** The centre prior of cell i: 1 in the middle, 0 at the border. */
function pyramid(i: number): number {
  const x = (2 * ((i % grid) + 0.5)) / grid - 1;
  const y = (2 * (Math.floor(i / grid) + 0.5)) / grid - 1;
  return 1 - Math.max(Math.abs(x), Math.abs(y));
}
