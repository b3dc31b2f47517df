import { tensor } from '../../tensor/tensor.ts';
import { staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
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
import { checkKnown, numberOf } from './read-attributes.ts';
import { perImage } from './split-rules.ts';

export type AveragePoolAttributes = Omit<PoolAttributes, 'dilations'> & {
  /** 1: padding counts as zeros. Left out: the mean is over the elements inside the image. */
  readonly count_include_pad?: number;
};

/** y = mean of each window;  dx = dy / elements of the window, added to each of them */
export const AveragePool: Operator<AveragePoolAttributes> = {
  type: 'AveragePool',
  inputs: [1, 1],
  attributes: {
    kernel_shape: 'ints',
    strides: 'ints',
    pads: 'ints',
    ceil_mode: 'int',
    count_include_pad: 'int',
  },
  read: (given, [x]) => {
    const known = [
      'auto_pad',
      'ceil_mode',
      'count_include_pad',
      'dilations',
      'kernel_shape',
      'pads',
      'strides',
    ];
    checkKnown('AveragePool', given, known);
    const { dilations, ...attributes } = readPool('AveragePool', given, x);
    if (dilations) throw new Error(`AveragePool: dilations must be 1 here, got [${dilations}]`);
    const counted = attributes.pads && numberOf('AveragePool', given, 'count_include_pad') === 1;
    return { ...attributes, count_include_pad: counted ? 1 : undefined };
  },
  infer: (inputs, attributes) => inferPool('AveragePool', inputs, attributes),
  gradient: ({ inputs: [x], outputs: [y], attributes }, [dy], o) => {
    const size = tileSize(x, y, attributes);
    if (size !== undefined) return [o.upsampleNearest(o.mul(dy, x.graph.scalar(1 / (size * size))), size)];
    const pooling = poolingOf(attributes);
    const shares = sharesOf(x, y, pooling, attributes.count_include_pad === 1);
    return [foldWindows(o.mul(dy, shares), x, pooling, o)];
  },
  splitBatch: perImage,
};

/** 1 / elements, for each window: `[h, w]`. */
function sharesOf(x: Value, y: Value, { kernel, strides, pads }: Pooling, withPads: boolean): Value {
  const lengths = staticShape(x.shape.slice(2), 'gradient of AveragePool');
  const [h, w] = staticShape(y.shape.slice(2), 'gradient of AveragePool');
  const elements = (axis: number, i: number): number => {
    const start = i * strides[axis] - pads[axis];
    const [first, last] = withPads ? [-pads[axis], lengths[axis] + pads[2 + axis]] : [0, lengths[axis]];
    return Math.min(start + kernel[axis], last) - Math.max(start, first);
  };
  const shares = Array.from(
    { length: h * w },
    (_, i) => 1 / (elements(0, Math.floor(i / w)) * elements(1, i % w)),
  );
  return x.graph.constant(tensor('float32', [h, w], shares));
}

/**
 * Mean over tiles of `size x size` that do not overlap.
 * @throws when height or width is not a multiple of `size`
 */
export function averagePool(x: Value, size: number): Value {
  return x.graph.add(AveragePool, [x], tileAttributes(x, size))[0];
}
