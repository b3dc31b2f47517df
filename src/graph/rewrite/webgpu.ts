/** Forms of what WebGPU cannot run: it has no integers of 64 bits, few buffers for a kernel, and in ONNX Runtime no LogSoftmax. */
import { type DType, tensor } from '../../tensor/tensor.ts';
import type { GraphNode, Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';

/**
 * Results that one kernel can have: together with what it reads, they are storage buffers, of which the standard promises eight (W3C,
 * *WebGPU*, limits). ONNX Runtime parts a value in one kernel.
 */
const mostResults = 7;

/** The type of an input: indices of classes are of 32 bits. */
export function index32({ dtype }: Value): DType {
  return dtype === 'int64' ? 'int32' : dtype;
}

/** Another form of a node that WebGPU cannot run; undefined: it can. */
export function webGpuForm(
  { operator, attributes, outputs }: GraphNode,
  inputs: readonly Value[],
): readonly Value[] | undefined {
  const { type } = operator;
  const { axis } = attributes as { axis: number };
  if (type === 'LogSoftmax') return [logSoftmax(inputs[0], axis)];
  if (type === 'ArgMax')
    return [argMax(inputs[0], axis, (attributes as { keepdims: number }).keepdims === 1)];
  if (type === 'Split' && outputs.length > mostResults) {
    return splitInTurn(
      inputs[0],
      axis,
      outputs.map(({ shape }) => Number(shape[axis])),
    );
  }
  // Indices of 64 bits, stored ones for instance, that meet those of 32.
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

/** The index of the largest element, the first of equal ones: the smallest among theirs. int32 */
function argMax(x: Value, axis: number, keepdims: boolean): Value {
  const { graph } = x;
  const length = Number(x.shape[axis]);
  const shape = x.shape.map((_, i) => (i === axis ? length : 1));
  const indices = graph.constant(tensor('float32', shape, [...Array(length).keys()]));
  const largest = o.equal(x, o.reduceMax(x, [axis], true));
  const first = o.reduceMin(o.where(largest, indices, graph.scalar(length)), [axis], keepdims);
  return o.cast(first, 'int32');
}

/** A value parted into runs of few parts, which takes as many nodes again, and these into their parts. */
function splitInTurn(x: Value, axis: number, lengths: readonly number[]): readonly Value[] {
  if (lengths.length <= mostResults) return o.split(x, axis, lengths);
  const runs = Array.from({ length: Math.ceil(lengths.length / mostResults) }, (_, i) =>
    lengths.slice(i * mostResults, (i + 1) * mostResults),
  );
  const wholes = splitInTurn(
    x,
    axis,
    runs.map((run) => run.reduce((a, b) => a + b)),
  );
  return runs.flatMap((run, i) => (run.length === 1 ? [wholes[i]] : o.split(wholes[i], axis, run)));
}
