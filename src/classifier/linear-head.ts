/**
 * Finds a classifier's head that is linear in the means of feature maps:
 *
 *     logit[m] = sum over k of W[m, k] mean(A_k)  +  b[m]
 *
 * Then the class activation map, sum over k of W[m, k] A_k, is exact (Zhou et al., CVPR 2016).
 */
import type { ForeignModel, ForeignNode } from '../graph/onnx/foreign-model.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import type { Places } from './places.ts';

export interface LinearHead {
  /** Name of A, the feature maps that are averaged. */
  readonly layer: string;
  /** W, `[M, K]`. */
  readonly weights: Tensor<'float32'>;
  /**
   * The stored value that is W, if there is one: `[M, K]` or `[K, M]`, possibly with further axes of length
   * 1.
   */
  readonly stored?: StoredWeights;
  /** Whether W is the identity: each feature map belongs to one class. */
  readonly isIdentity: boolean;
  /** Whether the mean is over a window of fixed size, which covers all positions only at one picture size. */
  readonly fixedWindow: boolean;
}

export interface StoredWeights {
  readonly name: string;
  readonly rows: 'classes' | 'channels';
}

/** What is known of a model's values during the search. */
export interface KnownValues {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly places: ReadonlyMap<string, Places>;
  /** The content of a value that is the same for every picture; undefined: it is not. */
  constant(name: string): Tensor | undefined;
}

/**
 * @param logits name of the value
 * @returns undefined if the head is not linear in means
 */
export function linearHeadOf(
  model: ForeignModel,
  logits: string,
  values: KnownValues,
): LinearHead | undefined {
  const classes = sizeOf(values.shapes[logits] ?? []);
  // The linear map from the current value to the logits; undefined: the identity.
  let weights: Float64Array | undefined;
  let stored: StoredWeights | undefined;
  let value = logits;
  for (;;) {
    const node = model.producer(value);
    if (!node) return undefined;
    const layer = pooled(node, values);
    if (layer !== undefined) {
      const k = values.places.get(layer)?.channels as number;
      const rows = weights ?? identity(k);
      if (rows.length !== classes * k) return undefined;
      const matrix = tensor('float32', [classes, k], Float32Array.from(rows));
      const fixedWindow = node.type === 'AveragePool';
      return { layer, weights: matrix, stored, isIdentity: weights === undefined, fixedWindow };
    }
    const step = linearStep(node, values);
    if (!step) return undefined;
    const before = weights;
    weights = step.apply(weights, classes);
    if (weights !== before) {
      const isShared = before === undefined && step.stored && model.storedType(step.stored.name) === 1;
      stored = isShared ? step.stored : undefined;
    }
    value = step.input;
  }
}

function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}

/** The value that a node averages over all its positions; undefined: the node does something else. */
function pooled(
  { type, inputs: [x, axesInput], attributes }: ForeignNode,
  values: KnownValues,
): string | undefined {
  const places = values.places.get(x);
  const shape = values.shapes[x];
  if (!places || !shape || places.special > 0) return undefined;
  const { form, height, width } = places;
  const axes = form === 'NCHW' ? [2, 3] : form === 'NHWC' ? [1, 2] : form === 'NTC' ? [1] : [2];
  switch (type) {
    case 'GlobalAveragePool':
      return form === 'NCHW' || form === 'NCT' ? x : undefined;
    case 'ReduceMean': {
      const reduced = Array.from(values.constant(axesInput ?? '')?.data ?? [], Number);
      const sorted = reduced.map((axis) => (axis < 0 ? axis + shape.length : axis)).sort((a, b) => a - b);
      return String(sorted) === String(axes) ? x : undefined;
    }
    case 'AveragePool': {
      const { pads = [0], auto_pad: auto = 'NOTSET' } = attributes;
      const plain = (auto === 'NOTSET' && [pads].flat().every((pad) => pad === 0)) || auto === 'VALID';
      return form === 'NCHW' && plain && String(attributes.kernel_shape) === `${height},${width}`
        ? x
        : undefined;
    }
    default:
      return undefined;
  }
}

interface LinearStep {
  readonly input: string;
  /** The stored matrix, if the node does nothing but multiply by it. */
  readonly stored?: StoredWeights;
  /** The map from the node's input to the logits, from that of its result, `[M, n]`. */
  apply(weights: Float64Array | undefined, classes: number): Float64Array | undefined;
}

/** Operators that do not change any number: at most shape or type. */
export const passing: readonly string[] = [
  'Identity',
  'Dropout',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Cast',
];

/** A node as a linear map of a vector, without the term that it adds; undefined: it is not linear. */
function linearStep(node: ForeignNode, values: KnownValues): LinearStep | undefined {
  const { type, inputs, attributes, outputs } = node;
  const [a, b] = inputs;
  const keep: LinearStep['apply'] = (weights) => weights;
  const isVector = (name: string): boolean => {
    const shape = values.shapes[name];
    return shape !== undefined && shape[0] === 1 && shape.filter((dim) => dim !== 1).length <= 1;
  };
  if (!isVector(a) && !isVector(b)) return undefined;
  if (passing.includes(type)) return { input: a, apply: keep };
  const [left, right] = [values.constant(a), values.constant(b ?? '')];
  switch (type) {
    case 'Add':
    case 'Sub':
      if (right) return { input: a, apply: keep };
      return left && type === 'Add' ? { input: b, apply: keep } : undefined;
    case 'Mul':
    case 'Div': {
      const factor = right ?? (type === 'Mul' ? left : undefined);
      if (!factor) return undefined;
      const n = sizeOf(values.shapes[outputs[0]]);
      if (factor.data.length !== 1 && factor.data.length !== n) return undefined;
      const at = (i: number): number => Number(factor.data[factor.data.length === 1 ? 0 : i]);
      const scale = (i: number): number => (type === 'Mul' ? at(i) : 1 / at(i));
      return {
        input: right ? a : b,
        apply: (weights) => (weights ?? identity(n)).map((value, i) => value * scale(i % n)),
      };
    }
    case 'BatchNormalization': {
      const [factors, variances] = [1, 4].map((i) =>
        Array.from(values.constant(inputs[i])?.data ?? [], Number),
      );
      const { epsilon = 1e-5 } = attributes;
      const n = factors.length;
      if (n === 0 || variances.length !== n) return undefined;
      const scale = (i: number): number => factors[i] / Math.sqrt(variances[i] + Number(epsilon));
      return {
        input: a,
        apply: (weights) => (weights ?? identity(n)).map((value, i) => value * scale(i % n)),
      };
    }
    case 'Gather': {
      // All elements in their order, as PyTorch's exporter writes a view.
      const n = sizeOf(values.shapes[outputs[0]]);
      const all = right?.data.length === n && Array.from(right.data, Number).every((at, i) => at === i);
      return all && sizeOf(values.shapes[a]) === n ? { input: a, apply: keep } : undefined;
    }
    case 'MatMul':
      return right?.shape.length === 2
        ? { input: a, stored: { name: b, rows: 'channels' }, apply: product(right, false, 1) }
        : undefined;
    case 'Gemm': {
      const { alpha = 1, transA = 0, transB = 0 } = attributes;
      if (!right || transA !== 0) return undefined;
      const rows = transB === 1 ? 'classes' : 'channels';
      return {
        input: a,
        stored: alpha === 1 ? { name: b, rows } : undefined,
        apply: product(right, transB === 1, alpha as number),
      };
    }
    case 'Conv': {
      const group = attributes.group ?? 1;
      if (!right || group !== 1 || sizeOf(right.shape.slice(2)) !== 1) return undefined;
      return { input: a, stored: { name: b, rows: 'classes' }, apply: product(right, true, 1) };
    }
    default:
      return undefined;
  }
}

/**
 * y = x B, or x B' if B is `transposed`, times alpha: a map V `[M, n]` of y becomes V B' or V B, a map of x.
 */
function product(
  { shape, data }: Tensor,
  transposed: boolean,
  alpha: number,
): (weights: Float64Array | undefined, classes: number) => Float64Array {
  const [rows, columns] = shape;
  const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
  const at = (input: number, output: number): number =>
    alpha * Number(data[transposed ? output * columns + input : input * columns + output]);
  return (weights, classes) => {
    const out = new Float64Array(classes * inputs);
    for (let m = 0; m < classes; m++) {
      for (let k = 0; k < inputs; k++) {
        if (!weights) {
          out[m * inputs + k] = at(k, m);
          continue;
        }
        let sum = 0;
        for (let j = 0; j < outputs; j++) sum += weights[m * outputs + j] * at(k, j);
        out[m * inputs + k] = sum;
      }
    }
    return out;
  };
}
