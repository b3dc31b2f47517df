/** Graphs to ONNX files and back. No other file knows the wire format (onnx.proto, IR version 8, operator set 18). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { FileError } from '../../errors/file-error.ts';
import { arrayType, sizeOf, type Tensor, tensor } from '../../tensor/tensor.ts';
import type { Shape } from '../dim.ts';
import { checkInputCount, Graph, type Value } from '../graph.ts';
import type { AttributeKind, Attributes, Operator } from '../operator.ts';
import { type OperatorType, operators } from '../ops/index.ts';
import { dtypeOf, onnxTypes } from './onnx-types.ts';

const irVersion = 8n;
const opset = 18n;

export interface OnnxFile {
  readonly graph: Graph;
  /** The file's `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of an ONNX file. What no output depends on is left out, but for the inputs. */
export function encodeOnnx(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const nodes = graph.liveNodes();
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: 'high-res-mapping',
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: opset })],
    metadataProps: Object.entries(metadata).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
    graph: create(GraphProtoSchema, {
      name: 'high_res_mapping',
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
      initializer: graph.initializers
        .filter((value) => used.has(value) || graph.outputs.includes(value))
        .map(({ name, content }) => tensorProto(name, content as Tensor)),
      node: nodes.map(({ operator, inputs, outputs, attributes }) =>
        create(NodeProtoSchema, {
          opType: operator.type,
          name: outputs[0].name,
          input: inputs.map((value) => value?.name ?? ''),
          output: outputs.map((value) => value.name),
          attribute: Object.entries(attributes).flatMap(([name, value]) =>
            value === undefined ? [] : [attributeProto(name, operator.attributes[name], value)],
          ),
        }),
      ),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

/**
 * Reads an ONNX file that uses the project's operators.
 * @param name stands in the errors, usually the file's name.
 * @throws `FileError` when the bytes are no ONNX file, or it has an operator, element type or shape that the project does not know.
 */
export function decodeOnnx(bytes: Uint8Array, name = 'the model'): OnnxFile {
  const model = parse(bytes, name);
  try {
    if (!model.graph) throw new Error('not an ONNX model (no graph inside)');
    const version = model.opsetImport.find(({ domain }) => domain === '')?.version;
    if (version !== opset)
      throw new Error(`operator set ${opset} is needed, the file has ${version ?? 'none'}`);
    const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
    return { graph: readGraph(model.graph), metadata };
  } catch (error) {
    throw FileError.from(name, error);
  }
}

function readGraph(source: GraphProto): Graph {
  const graph = new Graph();
  const values = new Map<string, Value>();
  const keep = (value: Value): void => void values.set(value.name, value);
  for (const proto of source.initializer) keep(graph.initializer(proto.name, readTensor(proto)));
  for (const info of source.input) {
    if (!values.has(info.name)) keep(graph.input(info.name, ...readType(info)));
  }
  const find = (input: string): Value => {
    const value = values.get(input);
    if (!value) throw new Error(`broken graph, '${input}' is used before it is made`);
    return value;
  };
  for (const node of source.node) {
    if (!Object.hasOwn(operators, node.opType)) throw new Error(`operator ${node.opType} is not known here`);
    const operator = operators[node.opType as OperatorType];
    const inputs = node.input.map((input, i) => {
      if (input !== '') return find(input);
      if (!operator.optionalInputs?.includes(i)) throw new Error(`${node.opType}: input ${i} is missing`);
      return undefined;
    });
    graph.add(operator, inputs, readAttributes(node, operator, inputs), node.output).forEach(keep);
  }
  for (const info of source.output) graph.output(find(info.name));
  return graph;
}

function parse(bytes: Uint8Array, name: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch {
    throw new FileError(name, 'not an ONNX model, or damaged');
  }
}

function valueInfo(value: Value): ValueInfoProto {
  const dim = value.shape.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  return create(ValueInfoProtoSchema, {
    name: value.name,
    type: { value: { case: 'tensorType', value: { elemType: onnxTypes[value.dtype], shape: { dim } } } },
  });
}

function readType(info: ValueInfoProto): [ReturnType<typeof dtypeOf>, Shape] {
  if (info.type?.value.case !== 'tensorType') throw new Error(`'${info.name}' is no tensor`);
  const { elemType, shape } = info.type.value.value;
  const dims = shape?.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : (value.value ?? ''),
  );
  return [dtypeOf(elemType), dims ?? []];
}

function tensorProto(name: string, { dtype, shape, data }: Tensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: onnxTypes[dtype],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  });
}

function readTensor(proto: TensorProto): Tensor {
  const dtype = dtypeOf(proto.dataType);
  const shape = proto.dims.map(Number);
  const ArrayType = arrayType(dtype);
  const needed = sizeOf(shape) * ArrayType.BYTES_PER_ELEMENT;
  if (shape.some((dim) => dim < 0) || proto.rawData.length !== needed) {
    throw new Error(`weight '${proto.name}' holds ${proto.rawData.length} bytes, [${shape}] needs ${needed}`);
  }
  // A copy: the bytes inside the file need not lie at a multiple of the element size. (A Buffer's slice is no copy.)
  const { buffer } = new Uint8Array(proto.rawData);
  return tensor(dtype, shape, new ArrayType(buffer, 0, sizeOf(shape)));
}

function attributeProto(
  name: string,
  kind: AttributeKind,
  value: NonNullable<Attributes[string]>,
): AttributeProto {
  switch (kind) {
    case 'int':
      return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value as number) });
    case 'float':
      return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value as number });
    case 'ints':
      return create(AttributeProtoSchema, {
        name,
        type: AttributeType.INTS,
        ints: (value as number[]).map(BigInt),
      });
    case 'string':
      return create(AttributeProtoSchema, {
        name,
        type: AttributeType.STRING,
        s: new TextEncoder().encode(value as string),
      });
  }
}

const attributeTypes: Readonly<Record<AttributeKind, AttributeType>> = {
  int: AttributeType.INT,
  ints: AttributeType.INTS,
  float: AttributeType.FLOAT,
  string: AttributeType.STRING,
};

/** The operator's attributes, as it reads those of a node. */
function readAttributes(
  node: NodeProto,
  operator: Operator,
  inputs: readonly (Value | undefined)[],
): Attributes {
  checkInputCount(operator, inputs);
  if (operator.read) return operator.read(givenAttributes(node), inputs as readonly Value[]);
  const foreign = node.attribute.find(({ name }) => !Object.hasOwn(operator.attributes, name));
  if (foreign) throw new Error(`${node.opType}: attribute '${foreign.name}' is not known here`);
  return Object.fromEntries(
    Object.entries(operator.attributes).map(([name, kind]) => {
      const proto = node.attribute.find((attribute) => attribute.name === name);
      if (proto?.type !== attributeTypes[kind]) {
        throw new Error(`${node.opType}: attribute '${name}' (${kind}) is needed`);
      }
      return [name, readAttribute(proto, kind)];
    }),
  );
}

/** All attributes that a node has. */
function givenAttributes(node: NodeProto): Attributes {
  return Object.fromEntries(
    node.attribute.map((proto) => {
      const kind = attributeKinds.find((one) => attributeTypes[one] === proto.type);
      if (!kind) throw new Error(`${node.opType}: attribute '${proto.name}' is not known here`);
      return [proto.name, readAttribute(proto, kind)];
    }),
  );
}

const attributeKinds = Object.keys(attributeTypes) as AttributeKind[];

function readAttribute(proto: AttributeProto, kind: AttributeKind): number | number[] | string {
  switch (kind) {
    case 'int':
      return Number(proto.i);
    case 'float':
      return proto.f;
    case 'ints':
      return proto.ints.map(Number);
    case 'string':
      return new TextDecoder().decode(proto.s);
  }
}
