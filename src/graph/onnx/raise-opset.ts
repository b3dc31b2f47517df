/**
 * Models of older operator sets in the forms of operator set 18: what were attributes become inputs. Nodes
 * whose form is unchanged stay as they are. Source: the changelog of ONNX's operators.
 */
import { create } from '@bufbuild/protobuf';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type FunctionProto,
  FunctionProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type OperatorSetIdProto,
  OperatorSetIdProtoSchema,
  type TensorProto,
} from './onnx-schema.ts';
import { onnxTypes } from './onnx-types.ts';
import { readTensor, tensorProto } from './tensor-proto.ts';

/** The operator set of the nodes that this project adds. */
export const addedOpset = 18;

const oldestOpset = 7;

/** The version of ONNX's operator set that a model, or a function in it, uses; 0: none. */
export function opsetOf({ opsetImport }: { readonly opsetImport: readonly OperatorSetIdProto[] }): number {
  return Number(opsetImport.find(isOwn)?.version ?? 0);
}

/** Whether an operator, or an operator set, belongs to ONNX's own domain. */
export function isOwn({ domain }: { readonly domain: string }): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/**
 * The model, and its functions, in operator set 18; returned as it is where its set is 18 or later.
 * @throws when it is older than 7, or a node has no form in operator set 18
 */
export function raiseOpset(model: ModelProto): ModelProto {
  const from = opsetOf(model);
  if (from >= addedOpset) return model;
  if (from < oldestOpset) {
    throw new Error(`operator set ${oldestOpset} or newer is needed, the file has ${from}`);
  }
  const raiser = new Raiser(from, namesIn(model.graph as GraphProto), model.graph as GraphProto);
  const graph = raiser.graph(model.graph as GraphProto);
  graph.initializer.push(...raiser.constants);
  return create(ModelProtoSchema, {
    ...fieldsOf(model),
    irVersion: model.irVersion > 8n ? model.irVersion : 8n,
    opsetImport: raised(model.opsetImport),
    graph,
    functions: model.functions.map(raisedFunction),
  });
}

function raised(sets: readonly OperatorSetIdProto[]): OperatorSetIdProto[] {
  const own = create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(addedOpset) });
  return [own, ...sets.filter((one) => !isOwn(one))];
}

/** A function has no stored values: Constant nodes replace them. */
function raisedFunction(one: FunctionProto): FunctionProto {
  const from = opsetOf(one);
  if (from === 0 || from >= addedOpset) return one;
  const body = create(GraphProtoSchema, { node: one.node });
  const raiser = new Raiser(from, new Set([...one.input, ...namesIn(body)]), body);
  const { node } = raiser.graph(body);
  const constants = raiser.constants.map((value) =>
    create(NodeProtoSchema, {
      opType: 'Constant',
      output: [value.name],
      attribute: [create(AttributeProtoSchema, { name: 'value', type: AttributeType.TENSOR, t: value })],
    }),
  );
  return create(FunctionProtoSchema, {
    ...fieldsOf(one),
    opsetImport: raised(one.opsetImport),
    node: [...constants, ...node],
  });
}

/** A message's own fields, for another message of its kind. */
export function fieldsOf<T extends object>(message: T): Omit<T, '$typeName' | '$unknown'> {
  const { $typeName: _, $unknown: __, ...fields } = message as T & { $typeName?: string; $unknown?: unknown };
  return fields as Omit<T, '$typeName' | '$unknown'>;
}

type Form = (node: NodeProto, to: Raiser) => NodeProto[];

class Raiser {
  readonly from: number;
  readonly constants: TensorProto[] = [];
  readonly #taken: Set<string>;
  readonly #whole: GraphProto;
  #count = 0;

  /**
   * @param taken names that values have
   * @param whole the graph that is raised, with its stored values
   */
  constructor(from: number, taken: Set<string>, whole: GraphProto) {
    this.from = from;
    this.#taken = taken;
    this.#whole = whole;
  }

  graph(graph: GraphProto): GraphProto {
    return create(GraphProtoSchema, {
      ...fieldsOf(graph),
      initializer: [...graph.initializer],
      node: graph.node.flatMap((node) => this.#node(node)),
    });
  }

  /** A name that is not taken. */
  fresh(): string {
    for (;;) {
      const name = `raised_${this.#count++}`;
      if (!this.#taken.has(name)) return name;
    }
  }

  /** Stores a value and gives its name. */
  constant(content: Tensor): string {
    const name = this.fresh();
    this.constants.push(tensorProto(name, content));
    return name;
  }

  integers(values: readonly (number | bigint)[]): string {
    return this.constant(tensor('int64', [values.length], values.map(Number)));
  }

  /** The content of a stored value; undefined: it is computed. */
  stored(name: string): Tensor | undefined {
    const { initializer, node } = this.#whole;
    const producer = node.find(({ opType, output }) => opType === 'Constant' && output[0] === name);
    const proto =
      initializer.find((one) => one.name === name) ?? (producer && attributeOf(producer, 'value')?.t);
    return proto && readTensor(proto);
  }

  /** ONNX's number of a value's element type, where it can be followed through first inputs; else float32. */
  typeOf(name: string): number {
    const { initializer, input, node } = this.#whole;
    let value = name;
    // A longer path would be a cycle.
    for (let steps = 0; steps <= node.length; steps++) {
      const proto = initializer.find((one) => one.name === value);
      if (proto) return proto.dataType;
      const type = input.find((one) => one.name === value)?.type?.value;
      if (type?.case === 'tensorType') return type.value.elemType;
      const producer = node.find(({ output }) => output.includes(value));
      if (!producer?.input[0] || producer.opType === 'DequantizeLinear') return onnxTypes.float32;
      if (producer.opType === 'Cast') return Number(attributeOf(producer, 'to')?.i);
      value = producer.input[0];
    }
    throw new Error(`the value '${name}' depends on itself`);
  }

  #node(node: NodeProto): NodeProto[] {
    const change = isOwn(node) && Object.hasOwn(changes, node.opType) ? changes[node.opType] : undefined;
    const inner = this.#withInnerGraphs(node);
    if (!change || this.from >= change.until) return [inner];
    const named = node.attribute.find(({ refAttrName }) => refAttrName !== '');
    if (named) {
      throw new Error(
        `${node.opType}: an attribute that a function is given ('${named.name}') has no form in operator set ${addedOpset}`,
      );
    }
    if (node.input.length === 0 || node.output.length === 0)
      throw new Error(`${node.opType}: it lacks an input or an output`);
    return change.form(inner, this);
  }

  #withInnerGraphs(node: NodeProto): NodeProto {
    if (!node.attribute.some(({ g }) => g)) return node;
    const attribute = node.attribute.map((one) =>
      one.g ? create(AttributeProtoSchema, { ...fieldsOf(one), g: this.graph(one.g) }) : one,
    );
    return create(NodeProtoSchema, { ...fieldsOf(node), attribute });
  }
}

/** The names of all values, also in inner graphs. */
export function namesIn(graph: GraphProto): Set<string> {
  const names = new Set([...graph.input, ...graph.initializer].map(({ name }) => name));
  for (const { output, attribute } of graph.node) {
    for (const name of output) names.add(name);
    for (const { g } of attribute) {
      if (g) for (const name of namesIn(g)) names.add(name);
    }
  }
  return names;
}

const attributeOf = ({ attribute }: NodeProto, name: string): AttributeProto | undefined =>
  attribute.find((one) => one.name === name);

/** The node with some fields replaced, and without the attributes named. */
function changed(
  node: NodeProto,
  without: readonly string[],
  { attribute = node.attribute, ...fields }: Partial<Omit<NodeProto, '$typeName' | '$unknown'>>,
): NodeProto {
  const kept = attribute.filter(({ name }) => !without.includes(name));
  return create(NodeProtoSchema, { ...fieldsOf(node), ...fields, attribute: kept });
}

function textAttribute(name: string, text: string): AttributeProto {
  return create(AttributeProtoSchema, {
    name,
    type: AttributeType.STRING,
    s: new TextEncoder().encode(text),
  });
}

function wholeAttribute(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
}

/** Attribute `axes` becomes the second input. */
const axesAsInput: Form = (node, to) => {
  const axes = attributeOf(node, 'axes');
  return [changed(node, ['axes'], { input: axes ? [node.input[0], to.integers(axes.ints)] : node.input })];
};

/** Before 13, these operators took all axes from `axis` (default 1) on as one. */
const alongFlattened: Form = (node, to) => {
  const axis = Number(attributeOf(node, 'axis')?.i ?? 1n);
  if (axis === -1) return [node];
  const [shape, flat, result] = [to.fresh(), to.fresh(), to.fresh()];
  const make = (opType: string, input: string[], output: string[], attribute: AttributeProto[] = []) =>
    create(NodeProtoSchema, { opType, input, output, attribute, name: output[0] });
  return [
    make('Shape', [node.input[0]], [shape]),
    make('Flatten', [node.input[0]], [flat], [wholeAttribute('axis', axis)]),
    changed(node, ['axis'], { input: [flat], output: [result], attribute: [wholeAttribute('axis', -1)] }),
    make('Reshape', [result, shape], node.output),
  ];
};

/**
 * Before 11, Resize had no coordinate modes: pixel i came from i / scale, rounded down when enlarging, up
 * when reducing.
 */
const oldResize: Form = (node, to) => {
  const scales = attributeOf(node, 'scales');
  const floats = scales && tensor('float32', [scales.floats.length], scales.floats);
  const factor = floats ? to.constant(floats) : node.input[1];
  if (factor === undefined) throw new Error(`${node.opType}: it lacks its scales`);
  const factors = Array.from((floats ?? to.stored(factor))?.data ?? [], Number);
  const isSmaller = factors.some((one) => one < 1);
  if (isSmaller && factors.some((one) => one > 1)) {
    throw new Error(`${node.opType}: a Resize that enlarges one axis and reduces another has no newer form`);
  }
  return [
    changed(node, ['scales'], {
      opType: 'Resize',
      input: [node.input[0], '', factor],
      attribute: [
        ...node.attribute,
        textAttribute('coordinate_transformation_mode', 'asymmetric'),
        textAttribute('nearest_mode', isSmaller ? 'ceil' : 'floor'),
      ],
    }),
  ];
};

/**
 * A scalar as an input, of the type of the input `beside`.
 * @returns the new input's name, and the nodes that compute it
 */
function bound(value: number | undefined, beside: string, to: Raiser): { name: string; nodes: NodeProto[] } {
  if (value === undefined) return { name: '', nodes: [] };
  const stored = to.constant(tensor('float32', [], [value]));
  const type = to.typeOf(beside);
  if (type === onnxTypes.float32) return { name: stored, nodes: [] };
  const name = to.fresh();
  const attribute = [wholeAttribute('to', type)];
  return {
    name,
    nodes: [create(NodeProtoSchema, { opType: 'Cast', input: [stored], output: [name], attribute, name })],
  };
}

/** For each operator: the form of versions before `until`, rewritten for 18. */
const changes: Readonly<Record<string, { readonly until: number; readonly form: Form }>> = {
  Squeeze: { until: 13, form: axesAsInput },
  Unsqueeze: { until: 13, form: axesAsInput },
  ReduceSum: { until: 13, form: axesAsInput },
  ...Object.fromEntries(
    ['Max', 'Mean', 'Min', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp', 'SumSquare'].map((kind) => [
      `Reduce${kind}`,
      { until: 18, form: axesAsInput },
    ]),
  ),
  Softmax: { until: 13, form: alongFlattened },
  LogSoftmax: { until: 13, form: alongFlattened },
  Hardmax: { until: 13, form: alongFlattened },
  Split: {
    until: 18,
    form: (node, to) => {
      const sizes = attributeOf(node, 'split');
      if (sizes) return [changed(node, ['split'], { input: [node.input[0], to.integers(sizes.ints)] })];
      if (node.input[1]) return [node];
      const parts = wholeAttribute('num_outputs', node.output.length);
      return [changed(node, [], { input: [node.input[0]], attribute: [...node.attribute, parts] })];
    },
  },
  Slice: {
    until: 10,
    form: (node, to) => {
      const starts = attributeOf(node, 'starts')?.ints ?? [];
      const ends = attributeOf(node, 'ends')?.ints ?? [];
      const axes = attributeOf(node, 'axes')?.ints ?? starts.map((_, i) => BigInt(i));
      const input = [node.input[0], ...[starts, ends, axes].map((values) => to.integers(values))];
      return [changed(node, ['starts', 'ends', 'axes'], { input })];
    },
  },
  Pad: {
    until: 11,
    form: (node, to) => {
      const pads = to.integers(attributeOf(node, 'pads')?.ints ?? []);
      const value = bound(attributeOf(node, 'value')?.f, node.input[0], to);
      const padded = changed(node, ['pads', 'value'], { input: [node.input[0], pads, value.name] });
      return [...value.nodes, padded];
    },
  },
  Clip: {
    until: 11,
    form: (node, to) => {
      const [low, high] = ['min', 'max'].map((name) => bound(attributeOf(node, name)?.f, node.input[0], to));
      const clipped = changed(node, ['min', 'max'], { input: [node.input[0], low.name, high.name] });
      return [...low.nodes, ...high.nodes, clipped];
    },
  },
  Dropout: {
    until: 12,
    form: (node) => [changed(node, ['ratio'], { output: [node.output[0]] })],
  },
  TopK: {
    until: 10,
    form: (node, to) => {
      const k = to.integers([attributeOf(node, 'k')?.i ?? 1n]);
      return [changed(node, ['k'], { input: [node.input[0], k] })];
    },
  },
  Upsample: { until: 10, form: oldResize },
  Resize: { until: 11, form: oldResize },
  Scatter: { until: 11, form: (node) => [changed(node, [], { opType: 'ScatterElements' })] },
  RoiAlign: {
    until: 16,
    form: (node) => {
      const places = textAttribute('coordinate_transformation_mode', 'output_half_pixel');
      return [changed(node, [], { attribute: [...node.attribute, places] })];
    },
  },
  Scan: {
    until: 9,
    form: () => {
      throw new Error('Scan: one with a batch axis, of operator set 8, has no newer form');
    },
  },
  BatchNormalization: {
    until: 14,
    form: (node) => {
      if (attributeOf(node, 'spatial')?.i === 0n) {
        throw new Error('BatchNormalization: statistics of each place (spatial = 0) have no newer form');
      }
      return [changed(node, ['spatial'], { output: [node.output[0]] })];
    },
  },
};
