/**
 * Graphs to ONNX files and back. No other file knows the wire format (onnx.proto, IR version 8, operator set
 * 18, or a later one where a node needs it).
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { aboutFile, FileError } from '../../errors/file-error.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Shape } from '../dim.ts';
import { checkInputCount, Graph, type GraphNode, type Value } from '../graph.ts';
import type { AttributeKind, Attributes, Operator } from '../operator.ts';
import { type OperatorType, operators } from '../ops/index.ts';
import { checkNames, lastOfEach } from './check-names.ts';
import { checkStored } from './check-stored.ts';
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
  type StringStringEntryProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  type TypeProto,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx-schema.ts';
import { dtypeOf, onnxTypes } from './onnx-types.ts';
import { readTensor, tensorProto } from './tensor-proto.ts';

const irVersion = 8n;
/**
 * The operator set of a file in which no node needs a later one, and the latest whose operators are known
 * here.
 */
const opset = 18;
const latestOpset = 24;

export interface OnnxFile {
  readonly graph: Graph;
  /** The file's `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of an ONNX file, operator set 18 or the later one that a node needs. Nodes and stored values that
 * no output depends on are left out; all inputs stay.
 * @param metadata the file's `metadata_props`; default: none
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { builders as o, decodeOnnx, encodeOnnx, Graph } from 'high-res-mapping/graph';
 *
 * const graph = new Graph();
 * const image = graph.input('image', 'float32', ['N', 3, 'H', 'W']);
 * graph.output(o.identity(o.globalAveragePool(image), 'means'));
 * const bytes = encodeOnnx(graph, { author: 'Ada' });
 * await writeFile('means.onnx', bytes); // any ONNX Runtime runs it
 * const read = decodeOnnx(bytes, 'means.onnx');
 * console.log(read.graph.outputs[0].shape, read.metadata); //=> [ 'N', 3, 1, 1 ] { author: 'Ada' }
 * ```
 */
export function encodeOnnx(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const { node, initializer } = partsOf(graph);
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName,
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opsetOf(graph.liveNodes())) }),
    ],
    metadataProps: metadataProps(metadata),
    graph: create(GraphProtoSchema, {
      name: 'high_res_mapping',
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
      initializer,
      node,
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

export const producerName = 'high-res-mapping';

export function metadataProps(metadata: Readonly<Record<string, string>>): StringStringEntryProto[] {
  return Object.entries(metadata).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
}

/** The nodes that the outputs depend on, and the stored values that these read. */
export function partsOf(graph: Graph): { readonly node: NodeProto[]; readonly initializer: TensorProto[] } {
  const nodes = graph.liveNodes();
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
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
  };
}

/**
 * Reads an ONNX file of operator set 18 to 24 that uses the project's operators.
 * @param name in error messages, usually the file's; default 'the model'
 * @throws `FileError` when the bytes are not an ONNX file, or it has an operator, element type or shape that
 * the project does not know
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { decodeOnnx } from 'high-res-mapping/graph';
 *
 * const { graph, metadata } = decodeOnnx(await readFile('models/scenes.onnx'), 'scenes.onnx');
 * console.log(graph.inputs[0].name, graph.inputs[0].shape); //=> image [ 'N', 'H', 'W', 3 ]
 * console.log(graph.outputs.at(-1)?.name, graph.outputs.at(-1)?.shape); //=> high_res_cam [ 'N', 'H', 'W' ]
 * console.log(metadata['hrm.classes']); //=> ["cross","disc","ring","square","star","triangle"]
 * ```
 */
export function decodeOnnx(bytes: Uint8Array, name = 'the model'): OnnxFile {
  const model = parseModel(bytes, name);
  try {
    if (!model.graph) throw new Error('not an ONNX model (no graph inside)');
    const version = model.opsetImport.find(({ domain }) => domain === '')?.version;
    if (version === undefined || version < opset || version > latestOpset) {
      throw new Error(`operator set ${opset} to ${latestOpset} is needed, the file has ${version ?? 'none'}`);
    }
    const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
    return { graph: readGraph(model.graph), metadata };
  } catch (error) {
    throw FileError.from(name, error);
  }
}

function opsetOf(nodes: readonly GraphNode[]): number {
  const needed = nodes.map(({ operator, inputs }) => operator.opset?.(inputs as readonly Value[]) ?? opset);
  return Math.max(opset, ...needed);
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
    if (!value) throw new Error(`broken graph: '${input}' is used before it is computed`);
    return value;
  };
  for (const node of source.node) addNode(graph, node, find).forEach(keep);
  for (const info of source.output) graph.output(find(info.name));
  return graph;
}

/**
 * Appends a node of a file to a graph.
 * @param find gives the value of a name
 * @throws when this project does not have the operator, or does not cover this use of it
 */
export function addNode(
  graph: Graph,
  node: NodeProto,
  find: (name: string) => Value,
  of: (name: string) => string = (name) => name,
): Value[] {
  if (!Object.hasOwn(operators, node.opType) || (node.domain !== '' && node.domain !== 'ai.onnx')) {
    throw new Error(`operator ${node.opType} is not known here`);
  }
  const operator = operators[node.opType as OperatorType];
  const last = node.input.findLastIndex((input) => input !== '');
  const inputs = node.input.slice(0, last + 1).map((input, i) => {
    if (input !== '') return find(input);
    if (!operator.optionalInputs?.includes(i)) throw new Error(`${node.opType}: input ${i} is missing`);
    return undefined;
  });
  // A result that nothing reads may have no name.
  const names = node.output.map((output) => (output === '' ? undefined : of(output)));
  return graph.add(operator, inputs, readAttributes(node, operator, inputs), names);
}

/**
 * The file's `metadata_props`.
 * @throws `FileError` when the bytes are not an ONNX model
 */
export function readMetadata(bytes: Uint8Array, name: string): Record<string, string> {
  return Object.fromEntries(parseModel(bytes, name).metadataProps.map(({ key, value }) => [key, value]));
}

/**
 * @throws `FileError` when the bytes are not an ONNX model, hold fewer data than they claim, or give two
 * values one name
 */
export function parseModel(bytes: Uint8Array, name: string): ModelProto {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch {
    throw new FileError(name, 'not an ONNX model, or damaged');
  }
  aboutFile(name, () => {
    checkStored(model);
    if (model.graph) {
      model.graph.initializer = lastOfEach(model.graph.initializer);
      checkNames(model.graph);
    }
  });
  return model;
}

export function valueInfo({ name, dtype, shape }: Value): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name, type: typeProto(onnxTypes[dtype], shape) });
}

/** The type of a tensor. @param elemType ONNX's number of the element type */
export function typeProto(elemType: number, shape: Shape): TypeProto {
  const dim = shape.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  return create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType, shape: { dim } } } });
}

function readType(info: ValueInfoProto): [ReturnType<typeof dtypeOf>, Shape] {
  if (info.type?.value.case !== 'tensorType') throw new Error(`'${info.name}' is not a tensor`);
  const { elemType, shape } = info.type.value.value;
  const dims = shape?.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : (value.value ?? ''),
  );
  return [dtypeOf(elemType), dims ?? []];
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

/** A node's attributes, as the operator reads them. */
function readAttributes(
  node: NodeProto,
  operator: Operator,
  inputs: readonly (Value | undefined)[],
): Attributes {
  checkInputCount(operator, inputs);
  if (operator.read) {
    const odd = node.attribute.find((one) => !kindOf(one));
    if (odd) throw new Error(`${node.opType}: attribute '${odd.name}' is not known here`);
    return operator.read(plainAttributes(node), inputs as readonly Value[]);
  }
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

/** Those attributes of a node that are numbers or text. */
export function plainAttributes({ attribute }: NodeProto): Attributes {
  const pairs = attribute.flatMap((proto) => {
    const kind = kindOf(proto);
    return kind ? [[proto.name, readAttribute(proto, kind)] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function kindOf({ type }: AttributeProto): AttributeKind | undefined {
  return attributeKinds.find((kind) => attributeTypes[kind] === type);
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
