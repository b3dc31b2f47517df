/**
 * A graph in the forms for which a GPU has kernels: a node without one runs on the processor, and its images travel there and back. The
 * results are the same up to rounding.
 */
import type { Graph, GraphNode, Value } from '../graph.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { EvenConcat } from './cuda.ts';
import { evenlyPadded } from './evenly-padded.ts';
import { rewritten } from './rewritten.ts';
import { index32, webGpuForm } from './webgpu.ts';

/**
 * @param api by which it will run; default: WebGPU, whose forms CUDA can run, too
 * @returns a new graph with the same inputs and outputs, see `rewritten`; but for CUDA, integers of 64 bits are of 32 bits
 */
export function forGpu(graph: Graph, api: 'cuda' | 'webgpu' = 'webgpu'): Graph {
  const concat = new EvenConcat();
  const form = (node: GraphNode, inputs: readonly Value[]): readonly Value[] | undefined => {
    if (node.operator.type !== 'ConvTranspose') {
      return api === 'webgpu' ? webGpuForm(node, inputs) : concat.form(node, inputs);
    }
    const even = evenlyPadded(inputs, node.attributes as ConvTransposeAttributes);
    return even && [even];
  };
  return api === 'cuda' ? rewritten(graph, form) : rewritten(graph, form, index32);
}
