/** Small ONNX files as other programs write them, made by hand: a classifier, and whatever else. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { random } from '../../src/tensor/random.ts';

/** A name stands for a free length. */
export type Dims = readonly (number | string)[];

export const types = { float: 1, uint8: 2, int8: 3, int64: 7 } as const;
export type TypeName = keyof typeof types;

export interface Parts {
  readonly inputs: Readonly<Record<string, readonly [type: TypeName, dims: Dims]>>;
  readonly nodes: readonly NodeProto[];
  readonly weights?: readonly TensorProto[];
  readonly outputs: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Other operator sets than ONNX's own, at version 1. */
  readonly domains?: readonly string[];
}

/** The bytes of an ONNX file of operator set 17. */
export function onnxFile({
  inputs,
  nodes,
  weights = [],
  outputs,
  metadata = {},
  domains = [],
}: Parts): Uint8Array {
  const set = (domain: string, version: bigint) => create(OperatorSetIdProtoSchema, { domain, version });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'pytorch',
    opsetImport: [set('', 17n), ...domains.map((domain) => set(domain, 1n))],
    metadataProps: Object.entries(metadata).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
    graph: create(GraphProtoSchema, {
      name: 'main_graph',
      input: Object.entries(inputs).map(([name, [type, dims]]) => valueInfo(name, type, dims)),
      output: outputs.map((name) => create(ValueInfoProtoSchema, { name })),
      initializer: [...weights],
      node: [...nodes],
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

function valueInfo(name: string, type: TypeName, dims: Dims): ValueInfoProto {
  const dim = dims.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  const tensorType = { elemType: types[type], shape: { dim } };
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }),
  });
}

/** @param operator its domain before it where it is not ONNX's own: `com.microsoft.MatMulNBits` */
export function node(
  operator: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): NodeProto {
  const dot = operator.lastIndexOf('.');
  return create(NodeProtoSchema, {
    opType: operator.slice(dot + 1),
    domain: operator.slice(0, Math.max(0, dot)),
    name: output[0],
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([name, value]) =>
      typeof value === 'number'
        ? create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) })
        : create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) }),
    ),
  });
}

/** Seeded random numbers around 0, of about that size. */
export function weight(name: string, dims: readonly number[], size = 1): TensorProto {
  const draw = random([...name].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7));
  const length = dims.reduce((n, dim) => n * dim, 1);
  return numbers(
    name,
    dims,
    Float32Array.from({ length }, () => draw.uniform(-size, size)),
  );
}

export function numbers(
  name: string,
  dims: readonly number[],
  data: Float32Array | Int8Array | Uint8Array | BigInt64Array,
): TensorProto {
  const type =
    data instanceof Float32Array
      ? 'float'
      : data instanceof Int8Array
        ? 'int8'
        : data instanceof Uint8Array
          ? 'uint8'
          : 'int64';
  return create(TensorProtoSchema, {
    name,
    dataType: types[type],
    dims: dims.map(BigInt),
    rawData: new Uint8Array(data.buffer as ArrayBuffer),
  });
}

/** A weight whose numbers lie in another file. */
export function outside({ name, dataType, dims, rawData }: TensorProto, location: string): TensorProto {
  const entries = { location, offset: '0', length: String(rawData.length) };
  return create(TensorProtoSchema, {
    name,
    dataType,
    dims,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
}

export interface TinyOptions {
  readonly classes?: number;
  /** `[N, C, H, W]`, default `['N', 3, 32, 32]`. */
  readonly shape?: Dims;
  /** Nodes that make `logits` of the pooled `features`, `[N, 4]`. Default: one Gemm. */
  readonly head?: readonly NodeProto[];
  readonly weights?: readonly TensorProto[];
  /** The result. Default `logits`. */
  readonly output?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly domains?: readonly string[];
  /** Where the kernel's numbers lie, default: in the file. */
  readonly kernelAt?: string;
}

export const kernel: TensorProto = weight('kernel', [4, 3, 4, 4], 0.5);

/** A convolution, its feature maps (`maps`, 8 x 8 places) averaged, a linear head. */
export function tinyClassifier(options: TinyOptions = {}): Uint8Array {
  const { classes = 3, shape = ['N', 3, 32, 32], output = 'logits', metadata, domains, kernelAt } = options;
  const linear = node('Gemm', ['features', 'matrix', 'shift'], ['logits'], { transB: 1 });
  const channels = Number(shape[1]);
  const own = channels === 3 ? kernel : weight('kernel', [4, channels, 4, 4], 0.5);
  return onnxFile({
    inputs: { images: ['float', shape] },
    nodes: [
      node('Conv', ['images', 'kernel'], ['before'], { kernel_shape: [4, 4], strides: [4, 4] }),
      node('Relu', ['before'], ['maps']),
      node('GlobalAveragePool', ['maps'], ['pooled']),
      node('Flatten', ['pooled'], ['features']),
      ...(options.head ?? [linear]),
    ],
    weights: [
      kernelAt === undefined ? own : outside(own, kernelAt),
      weight('matrix', [classes, 4], 3),
      weight('shift', [classes]),
      ...(options.weights ?? []),
    ],
    outputs: [output],
    metadata,
    domains,
  });
}
