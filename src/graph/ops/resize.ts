import { sizeOf, tensor } from '../../tensor/tensor.ts';
import { scaleDim, staticShape } from '../dim.ts';
import { checkRank, integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import { ignoring, withDefaults } from './read-attributes.ts';
import { checkModes, resizeWeights } from './resize-weights.ts';
import { perImage } from './split-rules.ts';

type Attributes = {
  readonly mode: string;
  readonly coordinate_transformation_mode: string;
  readonly nearest_mode: string;
};

/** Attributes without effect in the modes that are covered. */
const unused = ['cubic_coeff_a', 'exclude_outside', 'extrapolation_value'];

/**
 * y = x at another size: the nearest element of x, or a weighted mean of two neighbours (linear), axis by
 * axis
 *
 *     dx = W^T dy along each axis, with y = W x      (of pixels repeated s x s times: the sum of dy over each
 *     such tile)
 */
export const Resize: Operator<Attributes> = {
  type: 'Resize',
  inputs: [3, 4],
  optionalInputs: [1, 2, 3], // the region of interest, which these modes ignore; scales or sizes
  attributes: { mode: 'string', coordinate_transformation_mode: 'string', nearest_mode: 'string' },
  read: ignoring(
    unused,
    withDefaults(
      'Resize',
      { mode: 'nearest', coordinate_transformation_mode: 'half_pixel', nearest_mode: 'round_prefer_floor' },
      { antialias: 0, keep_aspect_ratio_policy: 'stretch' },
    ),
  ),
  infer: (inputs, { mode, coordinate_transformation_mode, nearest_mode }) => {
    const [x] = inputs;
    checkRank('Resize', 'the image', x, 4);
    checkModes(mode, coordinate_transformation_mode, nearest_mode);
    const factors = scalesOf(inputs);
    const sizes = inputs[3] && integersOf('Resize', 'the sizes', inputs[3]);
    const shape = x.shape.map(
      (dim, i) =>
        sizes?.[i] ?? (typeof dim === 'number' ? Math.floor(dim * factors[i]) : scaleDim(dim, factors[i], 1)),
    );
    return [{ dtype: x.dtype, shape }];
  },
  gradient: ({ inputs, attributes }, [dy], o) => {
    const rest = inputs.slice(1).map(() => undefined);
    const factor = repeats(inputs, attributes);
    return factor === undefined
      ? [resizeGradient(inputs, attributes, dy, o), ...rest]
      : [o.mul(o.averagePool(dy, factor), dy.graph.scalar(factor * factor)), ...rest];
  },
  splitBatch: (node, batchSize) => (node.inputs[3] ? undefined : perImage(node, batchSize)),
};

/**
 * The factor by which every pixel is repeated in both directions; undefined: the node does something else.
 */
function repeats(inputs: readonly Value[], attributes: Attributes): number | undefined {
  const [n, c, h, w] = scalesOf(inputs);
  const { mode, coordinate_transformation_mode, nearest_mode } = attributes;
  const isPlain = String([mode, coordinate_transformation_mode, nearest_mode]) === 'nearest,asymmetric,floor';
  return isPlain && n === 1 && c === 1 && h === w && Number.isInteger(h) ? h : undefined;
}

/** W^T dy, axis by axis. */
function resizeGradient(inputs: readonly Value[], attributes: Attributes, dy: Value, o: Builders): Value {
  const { mode, coordinate_transformation_mode, nearest_mode } = attributes;
  const factors = scalesOf(inputs);
  return staticShape(inputs[0].shape, 'gradient of Resize').reduce<Value>((part, from, axis) => {
    const shape = staticShape(part.shape, 'gradient of Resize');
    const to = shape[axis];
    if (factors[axis] === 1) return part;
    const scale = factors[axis];
    const weights = resizeWeights({ from, to, scale }, mode, coordinate_transformation_mode, nearest_mode);
    const matrix = dy.graph.constant(weights);
    if (axis === shape.length - 1) return o.matMul(part, matrix);
    const rows = o.reshape(part, [sizeOf(shape.slice(0, axis)), to, sizeOf(shape.slice(axis + 1))]);
    return o.reshape(o.matMul(o.transpose(matrix, [1, 0]), rows), shape.with(axis, from));
  }, dy);
}

/** The scale of each axis, as given or computed from the sizes. */
function scalesOf([x, , scales, sizes]: readonly (Value | undefined)[]): readonly number[] {
  const { shape } = x as Value;
  const factors = sizes
    ? integersOf('Resize', 'the sizes', sizes).map((to, i) => to / staticShape(shape, 'Resize to sizes')[i])
    : Array.from(scales?.content?.dtype === 'float32' ? (scales.content.data as Float32Array) : []);
  if (factors.length !== shape.length || factors.some((factor) => !(factor > 0))) {
    throw new Error(`Resize: ${shape.length} scales > 0 are needed, stored in the graph, got [${factors}]`);
  }
  return factors;
}

/** Repeats every pixel `factor x factor` times. */
export function upsampleNearest(x: Value, factor: number): Value {
  return repeated(x, factor, factor);
}

/**
 * Nearest neighbour, to a size that is not smaller: row i takes row floor(i h / height), columns likewise.
 * @param x `[N, C, h, w]`; h and w are numbers
 */
export function resizeNearest(x: Value, [height, width]: readonly [height: number, width: number]): Value {
  const [h, w] = staticShape(x.shape.slice(2), 'Resize');
  // Half a pixel more than exact, so that rounding never loses one.
  const factor = (from: number, to: number): number => (to % from === 0 ? to / from : (to + 0.5) / from);
  return repeated(x, factor(h, height), factor(w, width));
}

function repeated(x: Value, down: number, across: number): Value {
  const scales = x.graph.constant(tensor('float32', [4], [1, 1, down, across]));
  const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  return x.graph.add(Resize, [x, undefined, scales], attributes)[0];
}
