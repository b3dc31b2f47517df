import { sameShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferBinary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = x where x > 0, else a x;  dx = dy, or a dy;  da = 0, or x dy */
export const PRelu: Operator<Record<never, never>> = {
  type: 'PRelu',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => {
    const [x, slope] = inputs;
    const [type] = inferBinary('PRelu', inputs);
    if (!sameShape(type.shape, x.shape)) {
      throw new Error(`PRelu: the slopes [${slope.shape}] do not broadcast to [${x.shape}]`);
    }
    return [type];
  },
  gradient: ({ inputs: [x, slope] }, [dy], o) => {
    const zero = x.graph.scalar(0);
    const isPositive = o.less(zero, x);
    return [o.where(isPositive, dy, o.mul(dy, slope)), o.where(isPositive, zero, o.mul(dy, x))];
  },
  broadcasts: true,
  splitBatch: elementwise,
};

/** `x` where it is positive, else `slope x` (He et al. 2015). The slopes broadcast to the shape of `x`. */
export function pRelu(x: Value, slope: Value): Value {
  return x.graph.add(PRelu, [x, slope], {})[0];
}
