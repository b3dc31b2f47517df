import { broadcastShapes } from '../dim.ts';
import { checkSameType, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import { elementwise } from './split-rules.ts';

/**
 * Y = A B over the last two axes;  dA = dY B^T,  dB = A^T dY
 *
 * As in NumPy, a vector is a row on the left and a column on the right, and Y lacks that axis.
 */
export const MatMul: Operator<Record<never, never>> = {
  type: 'MatMul',
  inputs: [2, 2],
  attributes: {},
  infer: ([a, b]) => {
    checkSameType('MatMul', a, b);
    const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
    const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
    const [n, k] = left.slice(-2);
    const [k2, m] = right.slice(-2);
    if (left.length < 2 || right.length < 2 || k !== k2) {
      throw new Error(`MatMul: [${a.shape}] and [${b.shape}] do not multiply`);
    }
    const batch = broadcastShapes('MatMul', left.slice(0, -2), right.slice(0, -2));
    const rows = a.shape.length === 1 ? [] : [n];
    return [{ dtype: a.dtype, shape: [...batch, ...rows, ...(b.shape.length === 1 ? [] : [m])] }];
  },
  gradient: ({ inputs: [a, b] }, [dy], o) =>
    a.shape.length === 1 || b.shape.length === 1
      ? vectorGradients(a, b, dy, o)
      : [o.matMul(dy, o.transpose(b, swapLast(b))), o.matMul(o.transpose(a, swapLast(a)), dy)],
  broadcasts: true,
  // Products of two matrices are not split: their rows may be the batch, but they are small.
  splitBatch: (node, batchSize) =>
    node.outputs[0].shape.length < 3 ? undefined : elementwise(node, batchSize),
};

/**
 * The gradients of a product with a vector, as sums of element-wise products: for a row, y[..., m] = sum_k
 * a[k] b[..., k, m]; likewise for a column.
 */
function vectorGradients(a: Value, b: Value, dy: Value, o: Builders): Value[] {
  const axesBut = (x: Value, left: number): number[] => [...x.shape.keys()].filter((axis) => axis !== left);
  if (a.shape.length === 1 && b.shape.length === 1) return [o.mul(dy, b), o.mul(dy, a)];
  if (a.shape.length === 1) {
    const spread = o.unsqueeze(dy, [-2]);
    const products = o.mul(spread, b);
    return [
      o.reduceSum(products, axesBut(products, products.shape.length - 2)),
      o.mul(spread, o.unsqueeze(a, [1])),
    ];
  }
  const spread = o.unsqueeze(dy, [-1]);
  const products = o.mul(spread, a);
  return [o.mul(spread, b), o.reduceSum(products, axesBut(products, products.shape.length - 1))];
}

function swapLast(x: Value): number[] {
  const rank = x.shape.length;
  return [...Array(rank - 2).keys(), rank - 1, rank - 2];
}

/**
 * Matrix product over the last two axes: `[..., n, k] [..., k, m]` -> `[..., n, m]`; the other axes
 * broadcast. Vectors as in NumPy.
 */
export function matMul(a: Value, b: Value): Value {
  return a.graph.add(MatMul, [a, b], {})[0];
}
