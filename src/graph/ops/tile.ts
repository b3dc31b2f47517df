import { scaleDim, staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';

/** y = x, repeated along each axis;  dx = the sum of dy over the repetitions */
export const Tile: Operator<Record<never, never>> = {
  type: 'Tile',
  inputs: [2, 2],
  attributes: {},
  infer: ([x, repeats]) => {
    const times = integersOf('Tile', 'the repeats', repeats);
    if (times.length !== x.shape.length) {
      throw new Error(`Tile: ${x.shape.length} repeats are needed for [${x.shape}], got [${times}]`);
    }
    return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => scaleDim(dim, times[i], 1)) }];
  },
  gradient: ({ inputs: [x, repeats] }, [dy], o) => {
    const shape = staticShape(x.shape, 'gradient of Tile');
    const times = integersOf('Tile', 'the repeats', repeats);
    const apart = o.reshape(
      dy,
      shape.flatMap((dim, i) => [times[i], dim]),
    );
    return [
      o.reduceSum(
        apart,
        shape.map((_, i) => 2 * i),
      ),
      undefined,
    ];
  },
};

/** `x`, repeated along each axis. */
export function tile(x: Value, repeats: readonly number[]): Value {
  return x.graph.add(Tile, [x, x.graph.integers(repeats)], {})[0];
}
