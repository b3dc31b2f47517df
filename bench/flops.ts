/**
 * A lower bound of a graph's time: its matrix products, at the speed of one large matrix product on this
 * machine.
 */
import { Graph, type GraphNode } from '../src/graph/graph.ts';
import { encodeOnnx } from '../src/graph/onnx/proto.ts';
import { builders as o } from '../src/graph/ops/index.ts';
import { createSession } from '../src/runtime/node.ts';
import { sizeOf, tensor } from '../src/tensor/tensor.ts';
import { contend } from './contender.ts';

/**
 * Floating-point operations of convolutions and matrix products: a multiplication and an addition for each
 * product. Shifts by depthwise kernels are not counted.
 */
export function flops(graph: Graph): number {
  return graph.liveNodes().reduce((sum, node) => sum + flopsOf(node), 0);
}

function flopsOf({ operator: { type }, inputs, outputs, attributes }: GraphNode): number {
  const [x, w] = inputs.map((value) => value?.shape.map(Number) ?? []);
  const y = outputs[0].shape.map(Number);
  switch (type) {
    case 'Conv':
      return attributes.group === 1 ? 2 * sizeOf(y) * w[1] * w[2] * w[3] : 0;
    case 'ConvTranspose':
      return 2 * sizeOf(x) * w[1] * w[2] * w[3];
    case 'MatMul':
      return 2 * sizeOf(y) * x[x.length - 1];
    default:
      return 0;
  }
}

const size = 1536;

/**
 * `npx tsx bench/flops.ts`: a contender that multiplies two square matrices. Its `ms` is for so many
 * operations:
 */
export const productFlops: number = 2 * size ** 3;

if (import.meta.filename === process.argv[1]) {
  const graph = new Graph();
  const [a, b] = ['a', 'b'].map((name) => graph.input(name, 'float32', [size, size]));
  graph.output(o.identity(o.reduceSum(o.matMul(a, b), [0]), 'y'));
  const session = await createSession(encodeOnnx(graph));
  const square = tensor('float32', [size, size], new Float32Array(size * size).fill(0.5));
  await contend(() => session.run({ a: square, b: square }), 5);
}
