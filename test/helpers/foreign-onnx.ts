/** ONNX files as other programs write them: any operators, any operator set. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type FunctionProto,
  FunctionProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../../src/graph/onnx/onnx-schema.ts';
import { typeProto } from '../../src/graph/onnx/proto.ts';
import { tensorProto } from '../../src/graph/onnx/tensor-proto.ts';
import { random } from '../../src/tensor/random.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';

/** ONNX's numbers of element types. */
export const onnxType = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

/** A float; plain numbers are whole numbers to `node`. */
export interface Float {
  readonly float: number;
}

export type AttributeValue =
  | number
  | readonly number[]
  | string
  | Float
  | { readonly floats: readonly number[] }
  | { readonly tensor: TensorProto }
  | GraphProto;

export interface GraphParts {
  readonly nodes: readonly NodeProto[];
  /** Shapes by name: float32, unless a type comes first. */
  readonly inputs?: Readonly<Record<string, Info>>;
  readonly outputs: readonly string[];
  readonly initializers?: Readonly<Record<string, Tensor>>;
  /** Stored values as they are in the file. */
  readonly protos?: readonly TensorProto[];
}

export type Info =
  | readonly (number | string)[]
  | { readonly type: number; readonly shape: readonly (number | string)[] };

export interface ModelParts extends GraphParts {
  /** Default 18. */
  readonly opset?: number;
  /** Other operator sets, by domain. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly functions?: readonly FunctionProto[];
}

export function foreignOnnx(parts: ModelParts): Uint8Array {
  const { opset = 18, domains = {}, irVersion = 8, metadata = {}, functions = [] } = parts;
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(irVersion),
    producerName: 'another',
    opsetImport: opsets({ '': opset, ...domains }),
    metadataProps: Object.entries(metadata).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
    functions: [...functions],
    graph: graphOf(parts),
  });
  return toBinary(ModelProtoSchema, model);
}

/** A graph, also one for inside a node. */
export function graphOf({
  nodes,
  inputs = {},
  outputs,
  initializers = {},
  protos = [],
}: GraphParts): GraphProto {
  return create(GraphProtoSchema, {
    name: 'foreign',
    node: [...nodes],
    input: Object.entries(inputs).map(([name, info]) => infoOf(name, info)),
    output: outputs.map((name) => create(ValueInfoProtoSchema, { name })),
    initializer: [...Object.entries(initializers).map(([name, one]) => tensorProto(name, one)), ...protos],
  });
}

export function functionOf(
  name: string,
  {
    nodes,
    inputs,
    outputs,
    opset = 18,
  }: { nodes: NodeProto[]; inputs: string[]; outputs: string[]; opset?: number },
  attributes: string[] = [],
): FunctionProto {
  return create(FunctionProtoSchema, {
    name,
    domain: 'own',
    input: inputs,
    output: outputs,
    node: nodes,
    attribute: attributes,
    opsetImport: opsets({ '': opset }),
  });
}

/** @param type the operator's name, its domain before it (`own.Block`) where it has one */
export function node(
  type: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): NodeProto {
  const [opType, ...domain] = type.split('.').reverse();
  return create(NodeProtoSchema, {
    opType,
    domain: domain.reverse().join('.'),
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
  });
}

/** A stored value of 16-bit floats. @param values that such floats hold exactly, or 0 */
export function halfProto(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  const bits = Uint16Array.from(values, halfBits);
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: onnxType.float16,
    rawData: new Uint8Array(bits.buffer),
  });
}

/** Seeded numbers in [-1, 1), in steps of 1/64: exact as 16-bit floats, too. */
export function drawn(shape: readonly number[], seed: number): Tensor<'float32'> {
  const generator = random(seed);
  const out = tensor('float32', shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = Math.floor(generator.next() * 128) / 64 - 1;
  return out;
}

/** The bits of a normal number that 11 significant bits hold; 0 of 0. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = (Math.abs(value) / 2 ** exponent - 1) * 1024;
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | Math.round(fraction);
}

function opsets(versions: Readonly<Record<string, number>>) {
  return Object.entries(versions).map(([domain, version]) =>
    create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
  );
}

function infoOf(name: string, info: Info): ValueInfoProto {
  const { type, shape } = 'type' in info ? info : { type: onnxType.float32, shape: info };
  return create(ValueInfoProtoSchema, { name, type: typeProto(type, shape) });
}

function attributeOf(name: string, value: AttributeValue): AttributeProto {
  const make = (type: AttributeType, fields: object): AttributeProto =>
    create(AttributeProtoSchema, { name, type, ...fields });
  if (typeof value === 'number') return make(AttributeType.INT, { i: BigInt(value) });
  if (typeof value === 'string') return make(AttributeType.STRING, { s: new TextEncoder().encode(value) });
  if (Array.isArray(value)) return make(AttributeType.INTS, { ints: value.map(BigInt) });
  if ('float' in value) return make(AttributeType.FLOAT, { f: value.float });
  if ('floats' in value) return make(AttributeType.FLOATS, { floats: [...value.floats] });
  if ('tensor' in value) return make(AttributeType.TENSOR, { t: value.tensor });
  return make(AttributeType.GRAPH, { g: value as GraphProto });
}
