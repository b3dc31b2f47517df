import { tensor } from '../../tensor/tensor.ts';
import { scaleDim } from '../dim.ts';
import { checkRank, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { perImage } from './split-rules.ts';

type Attributes = {
  readonly mode: string;
  readonly coordinate_transformation_mode: string;
  readonly nearest_mode: string;
};

/** y = x with every pixel repeated s x s times;  dx = sum of dy over each such tile */
export const Resize: Operator<Attributes> = {
  type: 'Resize',
  inputs: [3, 3],
  optionalInputs: [1], // the region, which this mode does not read
  attributes: { mode: 'string', coordinate_transformation_mode: 'string', nearest_mode: 'string' },
  infer: ([x, , scales]) => {
    checkRank('Resize', 'the image', x, 4);
    const factors = scalesOf(scales);
    return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => scaleDim(dim, factors[i], 1)) }];
  },
  gradient: ({ inputs: [x, , scales] }, [dy], o) => {
    const factor = scalesOf(scales)[2];
    return [o.mul(o.averagePool(dy, factor), x.graph.scalar(factor * factor)), undefined, undefined];
  },
  splitBatch: perImage,
};

function scalesOf(scales: Value): readonly number[] {
  const factors = Array.from((scales.content?.data ?? []) as Float32Array);
  const [n, c, h, w] = factors;
  if (factors.length !== 4 || n !== 1 || c !== 1 || h !== w || !Number.isInteger(h)) {
    throw new Error(`Resize: scales are [1, 1, s, s] with s whole, got [${factors}]`);
  }
  return factors;
}

/** Repeats every pixel `factor x factor` times. */
export function upsampleNearest(x: Value, factor: number): Value {
  const scales = x.graph.constant(tensor('float32', [4], [1, 1, factor, factor]));
  const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  return x.graph.add(Resize, [x, undefined, scales], attributes)[0];
}
