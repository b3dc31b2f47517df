/**
 * The tail of a classifier, from layers to logits, as a graph of this project, which can be differentiated.
 * The nodes before it stay unchanged, and may have operators that are unknown here.
 */
import { Graph, type Value } from '../graph/graph.ts';
import type { ForeignModel, ForeignNode } from '../graph/onnx/foreign-model.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { CreateSession } from '../runtime/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { hasGradient, transparent, withoutGradient } from './operators.ts';
import { asFloat32, float32Name, readValues, sameForAll } from './values.ts';

export interface Tail {
  readonly graph: Graph;
  /** By their names in the model. */
  readonly layers: ReadonlyMap<string, Value>;
  /** `[1, M]` */
  readonly logits: Value;
  /** The model that computes the graph's inputs, by their names. */
  readonly model: ForeignModel;
  /** As in `JoinedParts`. */
  readonly shared: ReadonlySet<string>;
}

export interface TailOptions {
  /** The input of the model must be `image`. */
  readonly model: ForeignModel;
  /** Name of the logits, [1, M] or the same with further axes of length 1. */
  readonly logits: string;
  /** Names of the layers' values. */
  readonly layers: readonly string[];
  readonly classes: number;
  /** An input of the model: a picture of the size at which the tail is read, `[1, H, W, C]`. */
  readonly image: Tensor<'float32'>;
  readonly createSession: CreateSession;
}

/**
 * All its values are float32; float16 is cast.
 * @throws when an operator between the layers and the logits has no gradient rule here
 */
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
    shared: reader.shared,
  };
}

/**
 * The nodes between some layers and the logits, in order.
 * @throws when the logits do not depend on a layer
 */
function tailNodes(model: ForeignModel, logits: string, layers: readonly string[]): ForeignNode[] {
  const reached = new Set(layers);
  const live = model.nodesFor([logits]);
  const nodes = live.filter(({ reads, outputs }) => {
    if (!reads.some((input) => reached.has(input))) return false;
    for (const output of outputs) reached.add(output);
    return true;
  });
  for (const layer of layers) {
    const isRead = live.some(({ reads }) => reads.includes(layer));
    if (!isRead && layer !== logits) throw new Error(`layer '${layer}': the logits do not depend on it`);
  }
  return nodes;
}

class TailReader {
  readonly graph: Graph = new Graph();
  /** The model, with values cast to float32 where they have another precision. */
  model: ForeignModel;
  /** Names of the values that the model has, too. */
  readonly shared: Set<string> = new Set();
  readonly #found: Readonly<Record<string, Tensor>>;
  readonly #same: ReadonlySet<string>;
  readonly #values = new Map<string, Value>();
  /** Integer values that encode floats (quantization). */
  readonly #quantized = new Set<string>();
  /** Results that the operator here lacks, and which therefore have no gradient. */
  readonly #left = new Set<string>();
  /** Whether the tail already computes in float32: then its nodes are not repeated. */
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
    const isFloat = isFloatType(dtype);
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
      if (asItIs) this.shared.add(name);
      return this.#keep(name, this.graph.initializer(asItIs ? name : float32Name(name), asFloat32(content)));
    }
    if (this.#same.has(name)) {
      return this.#keep(name, this.graph.initializer(`${name}/value`, asFloat32(this.#found[name])));
    }
    if (this.#left.has(name) && isFloatType(this.#found[name].dtype)) {
      throw new Error(
        `'${name}', computed by ${this.model.producer(name)?.type}, has no gradient here; --layer names a later one`,
      );
    }
    return this.borrow(name);
  }

  add(node: ForeignNode): void {
    const { type, inputs, outputs } = node;
    if (outputs.every((name) => name === '' || this.#same.has(name)) || !this.#hasGradient(node)) return;
    if (transparent.includes(type)) {
      this.#keep(outputs[0], o.identity(this.find(inputs[0]), this.#nameOf(outputs[0])));
      return;
    }
    if (!hasGradient(type)) {
      throw new Error(withoutGradient(type, node.name || outputs[0]));
    }
    const made = this.model.addTo(
      this.graph,
      node,
      (name) => this.find(name),
      (name) => this.#nameOf(name),
    );
    for (const name of outputs.slice(made.length)) this.#left.add(name);
    for (const [i, value] of made.entries()) {
      const name = outputs[i];
      if (!name) continue;
      this.#keep(name, value);
      if (this.#plain) this.shared.add(name);
      const seen = this.#found[name];
      if (seen && String(seen.shape) !== String(value.shape)) {
        throw new Error(
          `internal: ${type} ('${name}') should have shape [${value.shape}], ONNX Runtime has [${seen.shape}]`,
        );
      }
    }
  }

  /**
   * Whether a gradient passes the node. Comparisons, indices, and numbers computed from them have none: their
   * values are read from the model.
   */
  #hasGradient({ type, inputs, outputs }: ForeignNode): boolean {
    const isFloat = (name: string): boolean =>
      this.#quantized.has(name) || isFloatType(this.#found[name]?.dtype);
    if (
      type === 'QuantizeLinear' ||
      (type !== 'DequantizeLinear' && inputs.some((one) => this.#quantized.has(one)))
    ) {
      for (const name of outputs) this.#quantized.add(name);
    }
    return outputs.some(isFloat) && (type !== 'Cast' || isFloat(inputs[0]));
  }

  #nameOf(name: string): string {
    return this.#plain ? name : float32Name(name);
  }

  #keep(name: string, value: Value): Value {
    this.#values.set(name, value);
    return value;
  }
}

function isFloatType(dtype: string | undefined): boolean {
  return dtype === 'float32' || (dtype !== undefined && isOtherFloat(dtype));
}

/** Whether it is a float type other than float32. */
function isOtherFloat(dtype: string): boolean {
  return dtype === 'float16' || dtype === 'bfloat16' || dtype === 'float64';
}
