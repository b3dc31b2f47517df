/**
 * Rewrites a graph for a GPU. A node without a GPU kernel runs on the CPU, and its feature maps are copied
 * there and back. The results are the same up to rounding.
 */
import type { Graph, GraphNode, Value } from '../graph.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { EqualConcat } from './cuda.ts';
import { rewritten } from './rewritten.ts';
import { symmetricPads } from './symmetric-pads.ts';
import { index32, webGpuForm } from './webgpu.ts';

/**
 * @param api by which the graph will run; default: WebGPU. CUDA can run the WebGPU forms, too.
 * @returns a new graph with the same inputs and outputs, see `rewritten`; for WebGPU, 64-bit integers become
 * 32-bit ones
 */
export function forGpu(graph: Graph, api: 'cuda' | 'webgpu' = 'webgpu'): Graph {
  const concat = new EqualConcat();
  const form = (node: GraphNode, inputs: readonly Value[]): readonly Value[] | undefined => {
    if (node.operator.type !== 'ConvTranspose') {
      return api === 'webgpu' ? webGpuForm(node, inputs) : concat.form(node, inputs);
    }
    const even = symmetricPads(inputs, node.attributes as ConvTransposeAttributes);
    return even && [even];
  };
  return api === 'cuda' ? rewritten(graph, form) : rewritten(graph, form, index32);
}
