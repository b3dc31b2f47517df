/**
 * Replacements for what WebGPU cannot run: it has no 64-bit integers and few buffers for a kernel, and ONNX
 * Runtime has no LogSoftmax for it.
 */
import { type DType, tensor } from '../../tensor/tensor.ts';
import type { GraphNode, Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';

/**
 * Outputs that one kernel can have. Outputs and inputs are storage buffers, of which the standard guarantees
 * eight (W3C, *WebGPU*, limits). ONNX Runtime runs a Split as one kernel.
 */
const maxOutputs = 7;

/** The type of an input: class indices become int32. */
export function index32({ dtype }: Value): DType {
  return dtype === 'int64' ? 'int32' : dtype;
}

/** The replacement of a node that WebGPU cannot run; undefined: it can. */
export function webGpuForm(
  { operator, attributes, outputs }: GraphNode,
  inputs: readonly Value[],
): readonly Value[] | undefined {
  const { type } = operator;
  const { axis } = attributes as { axis: number };
  if (type === 'LogSoftmax') return [logSoftmax(inputs[0], axis)];
  if (type === 'ArgMax')
    return [argMax(inputs[0], axis, (attributes as { keepdims: number }).keepdims === 1)];
  if (type === 'Split' && outputs.length > maxOutputs) {
    return splitInSteps(
      inputs[0],
      axis,
      outputs.map(({ shape }) => Number(shape[axis])),
    );
  }
  // int64 operands, such as stored ones, beside int32 ones.
  if (!operator.broadcasts || !inputs.some(({ dtype }) => dtype === 'int32')) return undefined;
  const narrow = inputs.map((value) => {
    if (value.dtype !== 'int64') return value;
    const { content } = value;
    if (!content) return o.cast(value, 'int32');
    return value.graph.constant(tensor('int32', content.shape, Array.from(content.data, Number)));
  });
  return inputs[0].graph.add(operator, narrow, attributes);
}

/** x - m - ln(sum of exp(x - m)),  m the largest element */
function logSoftmax(x: Value, axis: number): Value {
  const centred = o.sub(x, o.reduceMax(x, [axis], true));
  return o.sub(centred, o.log(o.reduceSum(o.exp(centred), [axis], true)));
}

/** The index of the largest element, int32: the smallest index of those that equal the maximum. */
function argMax(x: Value, axis: number, keepdims: boolean): Value {
  const { graph } = x;
  const length = Number(x.shape[axis]);
  const shape = x.shape.map((_, i) => (i === axis ? length : 1));
  const indices = graph.constant(tensor('float32', shape, [...Array(length).keys()]));
  const largest = o.equal(x, o.reduceMax(x, [axis], true));
  const first = o.reduceMin(o.where(largest, indices, graph.scalar(length)), [axis], keepdims);
  return o.cast(first, 'int32');
}

/**
 * A Split into many parts, as nodes with few parts each: first into runs of parts, then each run into its
 * parts.
 */
function splitInSteps(x: Value, axis: number, lengths: readonly number[]): readonly Value[] {
  if (lengths.length <= maxOutputs) return o.split(x, axis, lengths);
  const runs = Array.from({ length: Math.ceil(lengths.length / maxOutputs) }, (_, i) =>
    lengths.slice(i * maxOutputs, (i + 1) * maxOutputs),
  );
  const wholes = splitInSteps(
    x,
    axis,
    runs.map((run) => run.reduce((a, b) => a + b)),
  );
  return runs.flatMap((run, i) => (run.length === 1 ? [wholes[i]] : o.split(wholes[i], axis, run)));
}
