import { broadcastShapes } from '../dim.ts';
import { checkSameType, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { elementwise } from './split-rules.ts';

/** Y = A B over the last two axes;  dA = dY B^T,  dB = A^T dY */
export const MatMul: Operator<Record<never, never>> = {
  type: 'MatMul',
  inputs: [2, 2],
  attributes: {},
  infer: ([a, b]) => {
    checkSameType('MatMul', a, b);
    const [n, k] = a.shape.slice(-2);
    const [k2, m] = b.shape.slice(-2);
    if (a.shape.length < 2 || b.shape.length < 2 || k !== k2) {
      throw new Error(`MatMul: [${a.shape}] and [${b.shape}] do not multiply`);
    }
    return [
      {
        dtype: a.dtype,
        shape: [...broadcastShapes('MatMul', a.shape.slice(0, -2), b.shape.slice(0, -2)), n, m],
      },
    ];
  },
  gradient: ({ inputs: [a, b] }, [dy], o) => [
    o.matMul(dy, o.transpose(b, swapLast(b))),
    o.matMul(o.transpose(a, swapLast(a)), dy),
  ],
  broadcasts: true,
  // Of a product of two matrices, the rows may be the batch: such products are small.
  splitBatch: (node, batchSize) =>
    node.outputs[0].shape.length < 3 ? undefined : elementwise(node, batchSize),
};

function swapLast(x: Value): number[] {
  const rank = x.shape.length;
  return [...Array(rank - 2).keys(), rank - 1, rank - 2];
}

/** Matrix product over the last two axes: `[..., n, k] [..., k, m]` -> `[..., n, m]`; the others broadcast. */
export function matMul(a: Value, b: Value): Value {
  return a.graph.add(MatMul, [a, b], {})[0];
}
