/**
 * Operators for whose float32 form ONNX Runtime's CUDA provider has a kernel, of those in `src/graph/ops`: its list of kernels,
 * `docs/OperatorKernels.md` of the ONNX Runtime repository (commit 001d12d, 2026), operator set 18. With it a node that would run on the
 * processor is found without a GPU; the test on a GPU asks the session itself.
 */
import type { GraphNode } from '../../src/graph/graph.ts';
import type { ConvTransposeAttributes } from '../../src/graph/ops/conv-transpose.ts';

const withKernel: ReadonlySet<string> = new Set(
  `Abs Add And ArgMax AveragePool BatchNormalization Cast Clip Concat Conv ConvTranspose DepthToSpace Div Dropout Einsum Elu Equal Erf Exp
  Expand Flatten Gather Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual HardSigmoid HardSwish Identity InstanceNormalization
  LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Min Mul Neg Not Or PRelu Pad Pow RMSNormalization
  Reciprocal ReduceL1 ReduceL2 ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare Relu Reshape Resize Selu Sigmoid
  Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh ThresholdedRelu Tile Transpose Unsqueeze Where`.split(
    /\s+/,
  ),
);

/** Why CUDA leaves a node to the processor; undefined: it does not. */
export function leftToProcessor({ operator: { type }, attributes }: GraphNode): string | undefined {
  if (!withKernel.has(type)) return `${type}: no kernel`;
  if (type !== 'ConvTranspose') return undefined;
  const { pads, output_padding } = attributes as ConvTransposeAttributes;
  const uneven = [0, 1].some((i) => pads[i] !== pads[2 + i]) || output_padding.some((n) => n !== 0);
  return uneven ? `ConvTranspose: pads [${pads}], output padding [${output_padding}]` : undefined;
}
