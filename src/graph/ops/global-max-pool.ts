import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferGlobalPool, spatialAxes } from './global-pool.ts';
import { perImage } from './split-rules.ts';

/** y = the largest element of each channel;  dx = dy where x equals it, shared equally among ties */
export const GlobalMaxPool: Operator<Record<never, never>> = {
  type: 'GlobalMaxPool',
  inputs: [1, 1],
  attributes: {},
  infer: (inputs) => inferGlobalPool('GlobalMaxPool', inputs),
  gradient: ({ inputs: [x], outputs: [y] }, [dy], o) => {
    const chosen = o.cast(o.equal(x, y), 'float32');
    return [o.mul(chosen, o.div(dy, o.reduceSum(chosen, spatialAxes(x), true)))];
  },
  splitBatch: perImage,
};

/** The largest element of each channel: `[N, C, H, W]` -> `[N, C, 1, 1]`. */
export function globalMaxPool(x: Value): Value {
  return x.graph.add(GlobalMaxPool, [x], {})[0];
}
