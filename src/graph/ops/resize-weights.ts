/**
 * How much each element of a resized axis owes to each element of the axis before, by ONNX's definition of Resize. Places are in
 * float32, as ONNX Runtime has them: of two neighbours that are equally near, the same one is taken.
 */
import { type Tensor, tensor } from '../../tensor/tensor.ts';

export interface AxisScale {
  /** Before and after. */
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

const f = Math.fround;

/** Where the element i of the result lies among those before. */
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

/** @throws when a mode is none of those that are covered */
export function checkModes(mode: string, transformation: string, rounding: string): void {
  const check = (what: string, value: string, known: readonly string[]): void => {
    if (!known.includes(value))
      throw new Error(`Resize: ${what} is ${known.join(' or ')} here, got ${value}`);
  };
  check('mode', mode, ['nearest', 'linear']);
  check('coordinate_transformation_mode', transformation, Object.keys(places));
  check('nearest_mode', rounding, Object.keys(roundings));
}

/** `[to, from]`: each row has one 1 (nearest), or the weights of two neighbours (linear). */
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
