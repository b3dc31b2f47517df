/** Small classifiers as other programs write them. */
import { create } from '@bufbuild/protobuf';
import {
  type NodeProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from '../../src/graph/onnx/onnx-schema.ts';
import { tensorProto } from '../../src/graph/onnx/tensor-proto.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { drawn, foreignOnnx, node } from './foreign-onnx.ts';

export interface TinyOptions {
  /** Default 3. */
  readonly classes?: number;
  /** Of `images`, `[N, C, H, W]`, default `['N', 3, 32, 32]`. */
  readonly shape?: readonly (number | string)[];
  /** Nodes that make `logits` of the pooled `features`, `[N, 4]`. Default: a Gemm. */
  readonly head?: readonly NodeProto[];
  readonly initializers?: Readonly<Record<string, Tensor>>;
  readonly protos?: readonly TensorProto[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly domains?: Readonly<Record<string, number>>;
  /** The file that the kernel's numbers lie in, `kernelBytes`; default: they are in the model. */
  readonly kernelAt?: string;
}

/** `[4, 3, 4, 4]` */
export const kernel: Tensor<'float32'> = drawn([4, 3, 4, 4], 1);
export const kernelBytes: Uint8Array = tensorProto('kernel', kernel).rawData;

/** A convolution with a stride of 4 and a ReLU, whose feature maps `maps` are `[N, 4, H/4, W/4]`. */
export const convolution: readonly NodeProto[] = [
  node('Conv', ['images', 'kernel'], ['before'], { kernel_shape: [4, 4], strides: [4, 4] }),
  node('Relu', ['before'], ['maps']),
];

/** The convolution, its feature maps averaged, a linear head. */
export function tinyClassifier(options: TinyOptions = {}): Uint8Array {
  const {
    classes = 3,
    shape = ['N', 3, 32, 32],
    head,
    initializers,
    protos = [],
    metadata,
    domains,
  } = options;
  const channels = Number(shape[1]);
  const own = channels === 3 ? kernel : drawn([4, channels, 4, 4], 1);
  const { kernelAt } = options;
  return foreignOnnx({
    opset: 17,
    inputs: { images: shape },
    nodes: [
      ...convolution,
      node('GlobalAveragePool', ['maps'], ['pooled']),
      node('Flatten', ['pooled'], ['features']),
      ...(head ?? [node('Gemm', ['features', 'matrix', 'shift'], ['logits'], { transB: 1 })]),
    ],
    outputs: ['logits'],
    initializers: {
      ...(kernelAt === undefined && { kernel: own }),
      matrix: drawn([classes, 4], 2),
      shift: drawn([classes], 3),
      ...initializers,
    },
    protos: kernelAt === undefined ? protos : [...protos, outside('kernel', kernel, kernelAt)],
    metadata,
    domains,
  });
}

/** A stored value whose numbers lie in another file, from its beginning. */
function outside(name: string, value: Tensor<'float32'>, location: string): TensorProto {
  const { rawData, ...fields } = tensorProto(name, value);
  const entries = { location, offset: '0', length: String(rawData.length) };
  return create(TensorProtoSchema, {
    name: fields.name,
    dataType: fields.dataType,
    dims: fields.dims,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
}
