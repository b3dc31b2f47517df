/**
 * The weights with which an element of a resized axis is made from those of the original axis, by ONNX's
 * definition of Resize. Coordinates are in float32, as in ONNX Runtime: of two neighbours at equal distance,
 * the same one is taken.
 */
import { type Tensor, tensor } from '../../tensor/tensor.ts';

export interface AxisScale {
  /** Lengths before and after. */
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

const f = Math.fround;

/** The coordinate, on the original axis, of element i of the result. */
const places: Readonly<Record<string, (i: number, axis: AxisScale) => number>> = {
  half_pixel: (i, { scale }) => f(f(f(i + 0.5) / f(scale)) - 0.5),
  pytorch_half_pixel: (i, { to, scale }) => (to > 1 ? f(f(f(i + 0.5) / f(scale)) - 0.5) : 0),
  asymmetric: (i, { scale }) => f(i / f(scale)),
  align_corners: (i, { from, to }) => (to > 1 ? f(f(i * (from - 1)) / (to - 1)) : 0),
};

const roundings: Readonly<Record<string, (place: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
};

/** @throws when a mode is not covered */
export function checkModes(mode: string, transformation: string, rounding: string): void {
  const check = (what: string, value: string, known: readonly string[]): void => {
    if (!known.includes(value))
      throw new Error(`Resize: ${what} must be ${known.join(' or ')} here, got ${value}`);
  };
  check('mode', mode, ['nearest', 'linear']);
  check('coordinate_transformation_mode', transformation, Object.keys(places));
  check('nearest_mode', rounding, Object.keys(roundings));
}

/** The matrix `[to, from]`: each row has a single 1 (nearest), or the weights of two neighbours (linear). */
export function resizeWeights(
  axis: AxisScale,
  mode: string,
  transformation: string,
  rounding: string,
): Tensor<'float32'> {
  const { from, to } = axis;
  const weights = tensor('float32', [to, from]);
  const within = (place: number): number => Math.min(Math.max(place, 0), from - 1);
  for (let i = 0; i < to; i++) {
    const place = places[transformation](i, axis);
    if (mode === 'nearest') {
      weights.data[i * from + within(roundings[rounding](place))] = 1;
      continue;
    }
    const inside = within(place);
    const first = Math.floor(inside);
    weights.data[i * from + first] += 1 - (inside - first);
    weights.data[i * from + within(first + 1)] += inside - first;
  }
  return weights;
}
