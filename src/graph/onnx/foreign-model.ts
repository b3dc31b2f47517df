/**
 * A model of another program. Its nodes stay as they are: they can be inspected, cut out, and joined with
 * graphs of this project.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { FileError } from '../../errors/file-error.ts';
import { sizeOf, type Tensor } from '../../tensor/tensor.ts';
import type { Shape } from '../dim.ts';
import type { Graph, Value } from '../graph.ts';
import type { Attributes } from '../operator.ts';
import { inlineExternalData, type ReadBeside } from './external-data.ts';
import { flatGraph } from './flat-graph.ts';
import { withHalfWeights, withoutHalfWeights } from './half-weights.ts';
import { castNode, float32, readBy, renamedGraph, renamedNode, reshaped, retyped } from './node-proto.ts';
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx-schema.ts';
import {
  addNode,
  metadataProps,
  parseModel,
  partsOf,
  plainAttributes,
  producerName,
  valueInfo,
} from './proto.ts';
import { fieldsOf, isOwn, namesIn, raiseOpset } from './raise-opset.ts';
import { type Known, modelOfNodes, type ValueFacts } from './some-nodes.ts';
import { readTensor } from './tensor-proto.ts';

/** The parts of a node that the search for a classifier's layers uses. */
export interface ForeignNode {
  /** The operator's name in ONNX, with its domain in front unless it is ONNX's own. */
  readonly type: string;
  readonly name: string;
  /** Names of values; '' for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of all values that it reads, with those that its inner graphs read from outside. */
  readonly reads: readonly string[];
  /** The attributes that are numbers or text. */
  readonly attributes: Attributes;
  /** Whether it holds graphs of its own, as If and Loop do. */
  readonly hasInnerGraphs: boolean;
  readonly proto: NodeProto;
}

export interface ForeignInput {
  readonly name: string;
  /** ONNX's number of the element type; undefined: not a tensor. */
  readonly type?: number;
  /**
   * A dimension is a number where it is fixed, else undefined; the shape is undefined where the file does not
   * give the rank.
   */
  readonly shape?: readonly (number | undefined)[];
}

/**
 * Large networks have some thousands of nodes; the time to search for a classifier's layers grows faster than
 * linearly.
 */
const maxNodes = 10_000;

/** Shapes, axes and scales have at most this many numbers. */
export const smallValueLimit = 4096;

export class ForeignModel {
  /** Name in error messages, usually the file's. */
  readonly name: string;
  readonly nodes: readonly ForeignNode[];
  /** The values that are fed at run time. */
  readonly inputs: readonly ForeignInput[];
  readonly outputs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Node types that the file itself defines as functions. */
  readonly functions: ReadonlySet<string>;
  readonly #model: ModelProto;
  readonly #makers = new Map<string, ForeignNode>();
  readonly #stored = new Map<string, TensorProto>();

  private constructor(model: ModelProto, name: string) {
    this.#model = model;
    this.name = name;
    const graph = model.graph;
    for (const one of graph?.initializer ?? []) this.#stored.set(one.name, one);
    this.inputs = (graph?.input ?? []).filter((one) => !this.#stored.has(one.name)).map(inputOf);
    this.outputs = (graph?.output ?? []).map((one) => one.name);
    this.metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
    this.functions = new Set(model.functions.map(({ domain, name: own }) => `${domain}.${own}`));
    this.nodes = (graph?.node ?? []).map(nodeOf);
    for (const node of this.nodes) {
      for (const output of node.outputs) if (output !== '') this.#makers.set(output, node);
    }
  }

  /**
   * Reads any ONNX file. Nodes of older operator sets are raised to operator set 18.
   * @param readBeside reads files with weights, by the names that the model gives; default: none can be read
   * @throws `FileError` when it is not an ONNX model, its operator set is too old, or its weights cannot be
   * read
   */
  static async parse(bytes: Uint8Array, name: string, readBeside?: ReadBeside): Promise<ForeignModel> {
    const model = parseModel(bytes, name);
    try {
      if (!model.graph || model.graph.node.length === 0)
        throw new Error('not an ONNX model (no graph inside)');
      const count = nodeCount(model.graph);
      if (count > maxNodes) throw new Error(`it has ${count} nodes; at most ${maxNodes} are read`);
      const plain = create(ModelProtoSchema, { ...fieldsOf(model), graph: withoutHalfWeights(model.graph) });
      return new ForeignModel(raiseOpset(await inlineExternalData(plain, readBeside)), name);
    } catch (error) {
      throw FileError.from(name, error);
    }
  }

  /** The node that computes a value; undefined: it is fed or stored. */
  producer(value: string): ForeignNode | undefined {
    return this.#makers.get(value);
  }

  /** Whether a value is stored, as weights are. */
  isStored(value: string): boolean {
    return this.#stored.has(value);
  }

  /**
   * The content of a stored value; float16 as float32.
   * @throws when the value is not stored
   */
  stored(value: string): Tensor {
    const proto = this.#stored.get(value);
    if (!proto) throw new Error(`internal: '${value}' is not stored`);
    return readTensor(proto);
  }

  /** Bytes of all stored values. */
  get storedBytes(): number {
    const bytesOf = ({ rawData, floatData, int32Data, int64Data, doubleData }: TensorProto): number =>
      rawData.length + 4 * (floatData.length + int32Data.length) + 8 * (int64Data.length + doubleData.length);
    return [...this.#stored.values()].reduce((sum, one) => sum + bytesOf(one), 0);
  }

  /** ONNX's number of a stored value's element type. */
  storedType(value: string): number | undefined {
    return this.#stored.get(value)?.dataType;
  }

  /** The names of all values, also of those in inner graphs. */
  names(): Set<string> {
    return namesIn(this.#model.graph as GraphProto);
  }

  /** The nodes that some values depend on, in order. */
  nodesFor(values: readonly string[]): ForeignNode[] {
    const needed = new Set(values);
    const live = this.nodes.toReversed().filter((node) => {
      if (!node.outputs.some((output) => needed.has(output))) return false;
      for (const input of node.reads) needed.add(input);
      return true;
    });
    return live.reverse();
  }

  /**
   * Appends a node to a graph of this project.
   * @param find gives the value of a name
   * @param of gives the names of the results
   * @throws when this project does not have the operator, or does not cover this use of it
   */
  addTo(
    graph: Graph,
    { proto }: ForeignNode,
    find: (name: string) => Value,
    of: (name: string) => string = (name) => name,
  ): Value[] {
    return addNode(graph, proto, find, of);
  }

  /**
   * The model with some values renamed, also in inner graphs.
   * @param names from the old to the new
   */
  renamed(names: ReadonlyMap<string, string>): ForeignModel {
    if (names.size === 0) return this;
    return this.#with(renamedGraph(this.#model.graph as GraphProto, (name) => names.get(name) ?? name));
  }

  /**
   * The model reduced to the nodes that some values need, with the stored values that these read.
   * @param kept further stored values to keep
   */
  cut(values: readonly string[], kept: readonly string[] = []): ForeignModel {
    const { node, initializer } = this.parts(values);
    const others = kept.flatMap((name) => this.#stored.get(name) ?? []);
    return this.#with({
      node: [...node],
      initializer: [...new Set([...initializer, ...others])],
      output: values.map((name) => create(ValueInfoProtoSchema, { name })),
    });
  }

  /**
   * The model with a value cast to float32, under another name. Unchanged where that name exists: the cast
   * was added before.
   */
  withFloat32(value: string, name: string): ForeignModel {
    if (this.producer(name)) return this;
    const { graph } = this.#model;
    return this.#with({ node: [...(graph?.node ?? []), castNode(value, name, float32)] });
  }

  /**
   * The model with a float32 input in place of one of another type.
   * @param name of the new input
   */
  withFloat32Input({ name: old, type = float32 }: ForeignInput, name: string): ForeignModel {
    const { graph } = this.#model;
    return this.#with({
      input: graph?.input.map((info) => (info.name === old ? retyped(info, name) : info)),
      node: [castNode(name, old, type), ...(graph?.node ?? [])],
    });
  }

  /**
   * The bytes of an ONNX file with the nodes that these outputs need.
   * @param inputShapes see `JoinedParts`
   */
  encode(outputs: readonly string[], inputShapes?: JoinedParts['inputShapes']): Uint8Array {
    return joinModel({ foreign: this, outputs, metadata: {}, inputShapes });
  }

  /** The model with the nodes inside of If nodes copied into the graph itself (`flatGraph`). */
  flat(): ForeignModel {
    const graph = this.#model.graph as GraphProto;
    const flat = flatGraph(graph);
    return flat === graph ? this : this.#with(fieldsOf(flat));
  }

  /** The shape of a stored value. */
  storedShape(name: string): readonly number[] | undefined {
    return this.#stored.get(name)?.dims.map(Number);
  }

  /** What is known of a stored value: its content, where it is small, else its type and shape. */
  known(name: string): TensorProto | ValueFacts | undefined {
    const proto = this.#stored.get(name);
    if (!proto || sizeOf(proto.dims.map(Number)) <= smallValueLimit) return proto;
    return { type: proto.dataType, shape: proto.dims.map(Number) };
  }

  /**
   * The bytes of an ONNX file with some of the nodes alone.
   * @param known of values that they read; those without content become inputs
   */
  encodeNodes(
    nodes: readonly ForeignNode[],
    known: (name: string) => Known | undefined,
    outputs: readonly string[],
  ): Uint8Array {
    return modelOfNodes(
      this.#model,
      nodes.map(({ proto }) => proto),
      known,
      outputs,
    );
  }

  /** The parts that `joinModel` puts other nodes around. */
  parts(outputs: readonly string[]): ForeignParts {
    const nodes = this.nodesFor(outputs);
    const read = new Set(nodes.flatMap(({ reads }) => reads));
    for (const output of outputs) read.add(output);
    const { graph } = this.#model;
    return {
      model: this.#model,
      node: nodes.map(({ proto }) => proto),
      initializer: (graph?.initializer ?? []).filter((one) => read.has(one.name)),
      input: (graph?.input ?? []).filter((one) => read.has(one.name) && !this.#stored.has(one.name)),
    };
  }

  #with(fields: Partial<Omit<GraphProto, '$typeName' | '$unknown'>>): ForeignModel {
    const graph = create(GraphProtoSchema, { ...fieldsOf(this.#model.graph as object), ...fields });
    return new ForeignModel(create(ModelProtoSchema, { ...fieldsOf(this.#model), graph }), this.name);
  }
}

export interface ForeignParts {
  readonly model: ModelProto;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
}

export interface JoinedParts {
  /** A graph of this project that computes the foreign model's input, under that input's name. */
  readonly before?: Graph;
  readonly foreign: ForeignModel;
  /**
   * A graph of this project. Each of its inputs is a value of the foreign model or of `before` with the same
   * name, or is fed.
   */
  readonly after?: Graph;
  /** Its inner names begin with `hrm/PREFIX/`. Default 'after'. */
  readonly prefix?: string;
  /**
   * Names of values that `after` and the foreign model both compute or store; the foreign model's are used.
   */
  readonly shared?: ReadonlySet<string>;
  /** Names of the foreign model's values whose nodes are kept, even if no output needs them. */
  readonly kept?: readonly string[];
  /** Names of the outputs: of `after`, or of the foreign model. */
  readonly outputs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** New shapes of inputs, by name. Default: unchanged. */
  readonly inputShapes?: Readonly<Record<string, Shape>>;
  /** Whether large weights are stored in 16 bits (`withHalfWeights`). Default false. */
  readonly halfWeights?: boolean;
}

/**
 * The bytes of one ONNX file: graphs of this project around those nodes of a foreign model that the outputs
 * need.
 */
export function joinModel({
  before,
  foreign,
  after,
  prefix = 'after',
  shared = new Set(),
  kept = [],
  outputs,
  metadata,
  inputShapes = {},
  halfWeights = false,
}: JoinedParts): Uint8Array {
  const isForeign = (name: string): boolean => foreign.producer(name) !== undefined || foreign.isStored(name);
  const own = new Set(after?.outputs.map(({ name }) => name));
  const late = after && added(after, prefix, shared);
  const read = new Set([
    ...(late?.node.flatMap(({ input }) => input) ?? []),
    ...outputs.filter((name) => !own.has(name)),
    ...kept,
  ]);
  // A file that this project wrote before holds these already: keep one copy.
  for (const { name } of late?.initializer ?? []) read.delete(name);
  const parts = foreign.parts([...read].filter(isForeign));
  const early = before && added(before, 'before', new Set());
  const given = new Set(before?.outputs.map(({ name }) => name));
  const inputs = [
    ...(before?.inputs.map(valueInfo) ?? []),
    ...parts.input.filter(({ name }) => !given.has(name)),
    ...(after?.inputs
      .filter(
        ({ name }) => !isForeign(name) && !given.has(name) && !parts.input.some((one) => one.name === name),
      )
      .map(valueInfo) ?? []),
  ];
  const results = outputs.map((name) => {
    const value = after?.outputs.find((one) => one.name === name);
    return value ? valueInfo(value) : create(ValueInfoProtoSchema, { name });
  });
  const graph = create(GraphProtoSchema, {
    name: 'high_res_mapping',
    input: inputs.map((info) => reshaped(info, inputShapes[info.name])),
    output: results,
    initializer: [...(early?.initializer ?? []), ...parts.initializer, ...(late?.initializer ?? [])],
    node: [...(early?.node ?? []), ...parts.node, ...(late?.node ?? [])],
  });
  const joined = create(ModelProtoSchema, {
    ...fieldsOf(parts.model),
    producerName,
    producerVersion: '',
    metadataProps: metadataProps(metadata),
    graph: halfWeights ? withHalfWeights(graph) : graph,
  });
  return toBinary(ModelProtoSchema, joined);
}

/** The nodes and stored values of a graph of this project, without shared ones, its inner names prefixed. */
function added(
  graph: Graph,
  prefix: string,
  shared: ReadonlySet<string>,
): { readonly node: NodeProto[]; readonly initializer: TensorProto[] } {
  const { node, initializer } = partsOf(graph);
  const public_ = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
  const of = (name: string): string =>
    name === '' || public_.has(name) || shared.has(name) ? name : `hrm/${prefix}/${name}`;
  return {
    node: node
      .filter(({ output }) => !shared.has(output[0]))
      .map((one) => create(NodeProtoSchema, { ...fieldsOf(renamedNode(one, of)), name: of(one.output[0]) })),
    initializer: initializer
      .filter(({ name }) => !shared.has(name))
      .map((one) => create(TensorProtoSchema, { ...fieldsOf(one), name: of(one.name) })),
  };
}

function inputOf({ name, type }: ValueInfoProto): ForeignInput {
  if (type?.value.case !== 'tensorType') return { name };
  const { elemType, shape } = type.value.value;
  return {
    name,
    type: elemType,
    shape: shape?.dim.map(({ value }) =>
      value.case === 'dimValue' && value.value > 0n ? Number(value.value) : undefined,
    ),
  };
}

function nodeOf(proto: NodeProto): ForeignNode {
  const { domain, opType, name, input, output } = proto;
  const type = isOwn(proto) ? opType : `${domain}.${opType}`;
  return {
    type,
    name,
    inputs: input,
    outputs: output,
    reads: readBy(proto),
    get attributes() {
      return plainAttributes(proto);
    },
    hasInnerGraphs: proto.attribute.some(({ g }) => g !== undefined),
    proto,
  };
}

/** How many nodes a graph has, with those of inner graphs. */
function nodeCount({ node }: GraphProto): number {
  return node.reduce(
    (sum, { attribute }) => sum + attribute.reduce((inner, { g }) => inner + (g ? nodeCount(g) : 0), 1),
    0,
  );
}
