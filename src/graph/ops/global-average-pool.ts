import { sizeOf } from '../../tensor/tensor.ts';
import { staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferGlobalPool } from './global-pool.ts';
import { perImage } from './split-rules.ts';

/** y = mean of the n elements of each channel;  dx = dy / n for each of them */
export const GlobalAveragePool: Operator<Record<never, never>> = {
  type: 'GlobalAveragePool',
  inputs: [1, 1],
  attributes: {},
  infer: (inputs) => inferGlobalPool('GlobalAveragePool', inputs),
  gradient: ({ inputs: [x] }, [dy], o) => {
    const shape = staticShape(x.shape, 'gradient of GlobalAveragePool');
    return [o.expand(o.mul(dy, x.graph.scalar(1 / sizeOf(shape.slice(2)))), shape)];
  },
  splitBatch: perImage,
};

/** Mean of each channel: `[N, C, H, W]` -> `[N, C, 1, 1]`. */
export function globalAveragePool(x: Value): Value {
  return x.graph.add(GlobalAveragePool, [x], {})[0];
}
