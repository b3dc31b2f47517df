/** Small image classifiers of other programs: two convolutions, and whatever head. */
import { createSession } from '../../src/runtime/node.ts';
import { type Picture, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { drawn, foreignOnnx, type ModelParts, node } from './foreign-onnx.ts';

/** Height and width of pictures; feature maps have a quarter of them. */
export const side = 16;

export interface Head extends Partial<ModelParts> {
  /** From `a`, feature maps `[1, 5, 4, 4]`, or with layout NHWC `[1, 4, 4, 5]`. */
  readonly nodes: ModelParts['nodes'];
}

export interface Body {
  /** Default `[1, 3, 16, 16]`. */
  readonly input?: readonly (number | string)[];
  /** Of the feature maps `a`; default NCHW. */
  readonly layout?: 'NCHW' | 'NHWC';
}

/** Input `pixels`, `[N, C, H, W]`; output `logits` unless told. */
export function classifierOf(
  head: Head,
  { input = [1, 3, side, side], layout = 'NCHW' }: Body = {},
): Uint8Array {
  const strided = { strides: [2, 2], pads: [1, 1, 1, 1] };
  const first = layout === 'NCHW' ? 'a' : 'a/first';
  return foreignOnnx({
    inputs: { pixels: input },
    outputs: ['logits'],
    ...head,
    nodes: [
      node('Conv', ['pixels', 'k1', 'b1'], ['c1'], strided),
      node('Relu', ['c1'], ['r1']),
      node('Conv', ['r1', 'k2'], ['c2'], strided),
      node('Relu', ['c2'], [first]),
      ...(layout === 'NCHW' ? [] : [node('Transpose', [first], ['a'], { perm: [0, 2, 3, 1] })]),
      ...head.nodes,
    ],
    initializers: {
      k1: drawn([4, 3, 3, 3], 1),
      b1: drawn([4], 2),
      k2: drawn([5, 4, 3, 3], 3),
      ...head.initializers,
    },
  });
}

/** `[3, 5]` and three biases: a fully connected layer of three classes. */
export const weights: Tensor<'float32'> = drawn([3, 5], 4);
export const bias: Tensor<'float32'> = tensor('float32', [3], [0.5, -0.25, 1]);

/** The plainest head: means, then a fully connected layer. */
export const plainHead: Head = {
  nodes: [
    node('GlobalAveragePool', ['a'], ['p']),
    node('Flatten', ['p'], ['f']),
    node('Gemm', ['f', 'w', 'b'], ['logits'], { transB: 1 }),
  ],
  initializers: { w: weights, b: bias },
};

/** A picture, uint8 `[side, side, 3]`. */
export function pictureOf(seed: number, size: number = side): Picture {
  const { data } = drawn([size, size, 3], seed);
  return tensor(
    'uint8',
    [size, size, 3],
    Uint8Array.from(data, (value) => Math.round((value + 1) * 127)),
  );
}

/** A picture in [0, 1], `[1, 3, H, W]`. */
export function channelsFirst({ shape: [height, width, channels], data }: Picture): Tensor<'float32'> {
  const out = tensor('float32', [1, channels, height, width]);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < height * width; i++) out.data[c * height * width + i] = data[i * channels + c] / 255;
  }
  return out;
}

/** One run of a file. */
export async function runOnce(
  file: Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const session = await createSession(file, { purpose: 'once' });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
