/**
 * The tail of a classifier, from layers to logits, as a graph of ours, which can be differentiated. Everything before it stays
 * what it is: nodes that nobody needs to understand.
 */
import { Graph, type Value } from '../graph/graph.ts';
import type { ForeignModel, ForeignNode } from '../graph/onnx/foreign-model.ts';
import { halfToFloat } from '../graph/onnx/half-float.ts';
import { builders as o, operators } from '../graph/ops/index.ts';
import type { CreateSession } from '../runtime/session.ts';
import { type DType, type Tensor, tensor } from '../tensor/tensor.ts';
import { withoutGradient } from './operators.ts';
import { readValues, sameForAll } from './values.ts';

export interface Tail {
  readonly graph: Graph;
  /** Under its name in the model. */
  readonly layers: ReadonlyMap<string, Value>;
  /** `[1, M]` */
  readonly logits: Value;
  /** The model whose values the graph reads by their names. */
  readonly model: ForeignModel;
}

export interface TailOptions {
  /** Its input is `image`. */
  readonly model: ForeignModel;
  /** Name of the logits, [1, M] or the same with further axes of length 1. */
  readonly logits: string;
  /** Names of values. */
  readonly layers: readonly string[];
  readonly classes: number;
  /** Feeds the model: a picture of the size at which the tail is read, `[1, H, W, C]`. */
  readonly image: Tensor<'float32'>;
  readonly createSession: CreateSession;
}

/** Operators that a gradient passes as if they were not there: a change of precision, or of its notation. */
const transparent: readonly string[] = ['Cast', 'QuantizeLinear', 'DequantizeLinear'];

/** Its values are float32, those of float16 included. @throws when an operator between the layers and the logits has no rule here */
export async function readTail(options: TailOptions): Promise<Tail> {
  const { model, logits, layers, classes, image, createSession } = options;
  const nodes = tailNodes(model, logits, layers);
  const same = sameForAll(model.nodesFor([logits]), model);
  const inside = new Set(nodes.flatMap(({ outputs }) => outputs));
  const read = [...new Set([...layers, ...nodes.flatMap(({ inputs }) => inputs), ...inside])];
  const found = await readValues(
    model,
    { image },
    read.filter((name) => name !== ''),
    createSession,
  );
  const reader = new TailReader(model, found, same);
  for (const name of layers) if (!inside.has(name)) reader.borrow(name);
  for (const node of nodes) reader.add(node);
  const value = reader.find(logits);
  return {
    graph: reader.graph,
    layers: new Map(layers.map((name) => [name, reader.find(name)])),
    logits: o.reshape(value, [1, classes]),
    model: reader.model,
  };
}

/** The nodes between some layers and the logits, in order. @throws when a layer does not reach the logits */
function tailNodes(model: ForeignModel, logits: string, layers: readonly string[]): ForeignNode[] {
  const reached = new Set(layers);
  const live = model.nodesFor([logits]);
  const nodes = live.filter(({ inputs, outputs }) => {
    if (!inputs.some((input) => reached.has(input))) return false;
    for (const output of outputs) reached.add(output);
    return true;
  });
  for (const layer of layers) {
    const reads = live.some(({ inputs }) => inputs.includes(layer));
    if (!reads && layer !== logits) throw new Error(`layer '${layer}': the logits do not depend on it`);
  }
  return nodes;
}

class TailReader {
  readonly graph: Graph = new Graph();
  /** With values as float32 where they are of another precision. */
  model: ForeignModel;
  readonly #found: Readonly<Record<string, Tensor>>;
  readonly #same: ReadonlySet<string>;
  readonly #values = new Map<string, Value>();
  /** Whether the tail computes in float32 as it stands: then its nodes need not be repeated. */
  readonly #plain: boolean;

  constructor(model: ForeignModel, found: Readonly<Record<string, Tensor>>, same: ReadonlySet<string>) {
    this.model = model;
    this.#found = found;
    this.#same = same;
    this.#plain = Object.values(found).every(({ dtype }) => !isOtherFloat(dtype));
  }

  /** A value of the model, as an input of the graph. */
  borrow(name: string): Value {
    const { dtype, shape } = this.#found[name];
    const isFloat = dtype === 'float32' || isOtherFloat(dtype);
    if (dtype !== 'float32' && isFloat) this.model = this.model.withFloat32(name, this.#nameOf(name));
    const own = dtype === 'float32' ? name : this.#nameOf(name);
    return this.#keep(name, this.graph.input(own, isFloat ? 'float32' : dtype, shape));
  }

  find(name: string): Value {
    const known = this.#values.get(name);
    if (known) return known;
    if (this.model.isStored(name)) {
      const content = this.model.stored(name);
      const asItIs = this.model.storedType(name) === 1 || content.dtype !== 'float32';
      return this.#keep(name, this.graph.initializer(asItIs ? name : `${name}/float32`, asFloat32(content)));
    }
    if (this.#same.has(name)) {
      return this.#keep(name, this.graph.initializer(`${name}/value`, asFloat32(this.#found[name])));
    }
    return this.borrow(name);
  }

  add(node: ForeignNode): void {
    const { type, inputs, outputs } = node;
    if (outputs.every((name) => this.#same.has(name))) return;
    if (transparent.includes(type)) {
      this.#keep(outputs[0], o.identity(this.find(inputs[0]), this.#nameOf(outputs[0])));
      return;
    }
    if (!Object.hasOwn(operators, type)) {
      throw new Error(withoutGradient(type, node.name || outputs[0]));
    }
    const made = this.model.addTo(
      this.graph,
      node,
      (name) => this.find(name),
      (name) => this.#nameOf(name),
    );
    for (const [i, name] of outputs.entries()) {
      if (name === '') continue;
      this.#keep(name, made[i]);
      const seen = this.#found[name];
      if (seen && String(seen.shape) !== String(made[i].shape)) {
        throw new Error(
          `internal: ${type} ('${name}') should have shape [${made[i].shape}], ONNX Runtime gives [${seen.shape}]`,
        );
      }
    }
  }

  #nameOf(name: string): string {
    return this.#plain ? name : `${name}/float32`;
  }

  #keep(name: string, value: Value): Value {
    this.#values.set(name, value);
    return value;
  }
}

/** A float type that is not float32. */
function isOtherFloat(dtype: string): boolean {
  return dtype === 'float16' || dtype === 'bfloat16' || dtype === 'float64';
}

function asFloat32(value: Tensor): Tensor {
  const dtype = value.dtype as DType | 'float16';
  if (dtype === 'float64')
    return tensor('float32', value.shape, Float32Array.from(value.data as Float64Array));
  if (dtype === 'float16') {
    return tensor('float32', value.shape, halfToFloat(value.data as unknown as Uint16Array));
  }
  return value;
}
