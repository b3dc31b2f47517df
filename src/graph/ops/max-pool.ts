import { tensor } from '../../tensor/tensor.ts';
import { staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import {
  foldWindows,
  inferPool,
  type PoolAttributes,
  type Pooling,
  poolingOf,
  readPool,
  tileAttributes,
  tileSize,
} from './pool.ts';
import { checkKnown } from './read-attributes.ts';
import { perImage } from './split-rules.ts';
import { spans } from './window.ts';

/**
 * y = the largest element of each window;  dx = dy where x equals it
 *
 * Ties are common: flat image regions, and zeros after ReLU. In tiles that do not overlap, tied elements
 * share the gradient equally; in other windows the first one gets it, row by row, as in PyTorch.
 */
export const MaxPool: Operator<PoolAttributes> = {
  type: 'MaxPool',
  inputs: [1, 1],
  attributes: { kernel_shape: 'ints', strides: 'ints', pads: 'ints', ceil_mode: 'int', dilations: 'ints' },
  read: (given, [x]) => {
    const known = ['auto_pad', 'ceil_mode', 'dilations', 'kernel_shape', 'pads', 'storage_order', 'strides'];
    checkKnown('MaxPool', given, known);
    return readPool('MaxPool', given, x);
  },
  infer: (inputs, attributes) => inferPool('MaxPool', inputs, attributes),
  gradient: ({ inputs: [x], outputs: [y], attributes }, [dy], o) => {
    const size = tileSize(x, y, attributes);
    if (size === undefined) return [windowGradient(x, dy, poolingOf(attributes), o)];
    const chosen = o.isZero(o.sub(x, o.upsampleNearest(y, size)));
    // The mean of the mask is ties / tile size, so dy / ties = dy / (mean x tile size).
    const share = o.div(dy, o.mul(o.averagePool(chosen, size), x.graph.scalar(size * size)));
    return [o.mul(chosen, o.upsampleNearest(share, size))];
  },
  splitBatch: perImage,
};

/**
 * Lays the taps of all windows side by side, chooses the first largest tap, and adds the gradient to that
 * tap's pixel.
 */
function windowGradient(x: Value, dy: Value, pooling: Pooling, o: Builders): Value {
  const { graph } = x;
  const { kernel, strides, pads, dilations = [1, 1] } = pooling;
  const [n, c, ...lengths] = staticShape(x.shape, 'gradient of MaxPool');
  const [h, w] = staticShape(dy.shape.slice(2), 'gradient of MaxPool');
  const ends = spans(kernel, dilations).map((span, i) => ([h, w][i] - 1) * strides[i] + span);
  const after = ends.map((end, i) => Math.max(0, end - pads[i] - lengths[i]));
  const padded = o.pad(x, [0, 0, pads[0], pads[1]], [0, 0, ...after], Number.NEGATIVE_INFINITY);
  const image = o.reshape(padded, [
    n,
    c,
    1,
    pads[0] + lengths[0] + after[0],
    pads[1] + lengths[1] + after[1],
  ]);
  const taps = Array.from({ length: kernel[0] * kernel[1] }, (_, k) => {
    const starts = [Math.floor(k / kernel[1]) * dilations[0], (k % kernel[1]) * dilations[1]];
    const tapEnds = starts.map((start, i) => start + ([h, w][i] - 1) * strides[i] + 1);
    return o.sliceAxes(image, [3, 4], starts, tapEnds, strides);
  });
  const first = o.argMax(o.concat(taps, 2), 2, true);
  const numbers = graph.constant(tensor('int64', [taps.length, 1, 1], [...taps.keys()]));
  const chosen = o.where(o.equal(first, numbers), o.reshape(dy, [n, c, 1, h, w]), graph.scalar(0));
  return foldWindows(o.reshape(chosen, [n, c * taps.length, h, w]), x, pooling, o);
}

/**
 * Maximum over tiles of `size x size` that do not overlap.
 * @throws when height or width is not a multiple of `size`
 */
export function maxPool(x: Value, size: number): Value {
  return x.graph.add(MaxPool, [x], tileAttributes(x, size))[0];
}
