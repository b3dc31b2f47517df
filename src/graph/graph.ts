/**
 * A typed ONNX graph under construction. Operators append nodes; every value knows its element type and
 * shape, so a misfit is an error where the node is added, not when the graph runs.
 */
import { type DType, sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import { type Shape, sameShape } from './dim.ts';
import type { Attributes, GradientRule, Operator } from './operator.ts';

export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A value of a graph: an input, a stored value, or a node's output. */
export interface Value extends ValueType {
  readonly graph: Graph;
  readonly name: string;
  /** The content, where it is stored in the graph (weights of a finished model, shapes for Reshape, ...). */
  readonly content?: Tensor;
}

export interface GraphNode {
  readonly operator: Operator;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** A step of the walk that differentiates: one node, or several that share one gradient rule. */
export interface TapeEntry {
  /** Of the operator or the composite. */
  readonly name: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly gradient: GradientRule | 'none';
  readonly broadcasts: boolean;
  readonly attributes: Attributes;
}

/**
 * An ONNX graph under construction: inputs and stored values, the nodes that the `builders` append to them,
 * and outputs. `encodeOnnx` writes it as a file, `gradients` differentiates it. A dimension of a shape is a
 * number, or a name such as `N` or `H/16`, which is known when the graph runs. Misfits of shapes and element
 * types are errors where a node is added.
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { builders as o, encodeOnnx, Graph } from 'high-res-mapping/graph';
 * import { createSession } from 'high-res-mapping/node';
 *
 * const graph = new Graph();
 * const x = graph.input('x', 'float32', ['N', 2]);
 * graph.output(o.identity(o.mul(x, graph.scalar(3)), 'tripled'));
 * const session = await createSession(encodeOnnx(graph));
 * const { tripled } = await session.run({ x: tensor('float32', [1, 2], [1, 5]) });
 * console.log(tripled.shape, tripled.data.join(' ')); //=> [ 1, 2 ] 3 15
 * await session.release();
 * ```
 */
export class Graph {
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  readonly initializers: Value[] = [];
  readonly nodes: GraphNode[] = [];
  readonly tape: TapeEntry[] = [];
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, Value>();
  readonly #counters = new Map<string, number>();
  #recording = true;
  /** Prefix of the names that values get by default. */
  #prefix = '';

  /**
   * A value fed at run time.
   * @throws when the name is taken
   */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.#value(name, { dtype, shape });
    this.inputs.push(value);
    return value;
  }

  /**
   * A named value stored in the graph, such as a weight.
   * @throws when the name is taken
   */
  initializer(name: string, content: Tensor): Value {
    const value = this.#value(name, content, content);
    this.initializers.push(value);
    return value;
  }

  /** An unnamed value stored in the graph. Small values with equal content are stored once. */
  constant(content: Tensor): Value {
    const isSmall = sizeOf(content.shape) <= 16;
    const bytes = new Uint8Array(content.data.buffer, content.data.byteOffset, content.data.byteLength);
    const key = isSmall ? `${content.dtype}[${content.shape}]${bytes}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known) return known;
    // A copy, since other constants may share it.
    const own = isSmall ? tensor(content.dtype, content.shape, content.data.slice()) : content;
    const value = this.initializer(this.#fresh('constant'), own);
    if (key !== undefined) this.#constants.set(key, value);
    return value;
  }

  /** A float32 scalar stored in the graph. */
  scalar(value: number): Value {
    return this.constant(tensor('float32', [], [value]));
  }

  /** A float32 vector of `length` equal values, stored in the graph. */
  filled(length: number, value: number): Value {
    return this.constant(tensor('float32', [length], new Float32Array(length).fill(value)));
  }

  /** A vector of int64 stored in the graph: axes, shapes, starts. */
  integers(values: readonly number[]): Value {
    return this.constant(tensor('int64', [values.length], values));
  }

  /**
   * Appends one node; the operator's shape rule checks the inputs.
   * @param names of the results; default: after the operator. In ONNX, the node is named after its first
   * output.
   */
  add<A extends Attributes>(
    operator: Operator<A>,
    inputs: readonly (Value | undefined)[],
    attributes: A,
    names: readonly (string | undefined)[] = [],
  ): Value[] {
    checkInputCount(operator, inputs);
    for (const value of inputs) {
      if (value && value.graph !== this) {
        throw new Error(`internal: ${operator.type}: '${value.name}' belongs to another graph`);
      }
    }
    const types = operator.infer(inputs as readonly Value[], attributes);
    const outputs = types.map((type, i) =>
      this.#value(names[i] ?? this.#fresh(this.#prefix + operator.type), type),
    );
    this.nodes.push({ operator, inputs, outputs, attributes });
    if (this.#recording) {
      this.tape.push({
        name: operator.type,
        inputs,
        outputs,
        attributes,
        gradient: operator.gradient,
        broadcasts: operator.broadcasts ?? false,
      });
    }
    return outputs;
  }

  /**
   * Several nodes with one gradient rule: `build` appends them, and differentiation uses `gradient` in place
   * of their own rules. For results whose derivative has a cheaper form than the chain rule finds (mean and
   * variance of a batch).
   * @throws when `build` reads a value that is neither stored nor among `inputs`: no gradient would reach it
   */
  composite(
    name: string,
    inputs: readonly Value[],
    build: () => readonly Value[],
    gradient: GradientRule,
  ): readonly Value[] {
    const outer = this.#recording;
    const first = this.nodes.length;
    this.#recording = false;
    let outputs: readonly Value[];
    try {
      outputs = build();
    } finally {
      this.#recording = outer;
    }
    const known = new Set<Value | undefined>([undefined, ...inputs]);
    for (const node of this.nodes.slice(first)) {
      const foreign = node.inputs.find((value) => !known.has(value) && !value?.content);
      if (foreign)
        throw new Error(`internal: ${name}: it reads '${foreign.name}', which is none of its inputs`);
      for (const value of node.outputs) known.add(value);
    }
    if (outer) this.tape.push({ name, inputs, outputs, gradient, broadcasts: false, attributes: {} });
    return outputs;
  }

  /**
   * Calls `build`. The names of the values that it adds, other than stored ones, begin with `prefix` and `/`.
   */
  named<T>(prefix: string, build: () => T): T {
    const outer = this.#prefix;
    this.#prefix = `${outer}${prefix}/`;
    try {
      return build();
    } finally {
      this.#prefix = outer;
    }
  }

  /** Marks a value as an output of the graph. Callers ask for it by its name. */
  output(value: Value): void {
    if (this.outputs.includes(value)) throw new Error(`internal: '${value.name}' is an output already`);
    this.outputs.push(value);
  }

  /**
   * The nodes that the outputs depend on, in order. Differentiation may leave others: gradients that nothing
   * reads.
   */
  liveNodes(): GraphNode[] {
    const needed = new Set<Value | undefined>(this.outputs);
    const live = this.nodes.toReversed().filter(({ inputs, outputs }) => {
      if (!outputs.some((value) => needed.has(value))) return false;
      for (const value of inputs) needed.add(value);
      return true;
    });
    return live.reverse();
  }

  #fresh(prefix: string): string {
    for (;;) {
      const count = this.#counters.get(prefix) ?? 0;
      this.#counters.set(prefix, count + 1);
      const name = `${prefix}_${count}`;
      if (!this.#names.has(name)) return name;
    }
  }

  #value(name: string, type: ValueType, content?: Tensor): Value {
    if (name === '') throw new Error('internal: a value needs a name');
    if (this.#names.has(name)) throw new Error(`internal: the graph has a value named '${name}' already`);
    this.#names.add(name);
    return { graph: this, name, dtype: type.dtype, shape: type.shape, content };
  }
}

/**
 * The int64 content of a stored value, as numbers.
 * @throws when it is computed at run time
 */
export function integersOf(op: string, what: string, value: Value | undefined): readonly number[] {
  if (value?.content?.dtype !== 'int64')
    throw new Error(`${op}: ${what} must be int64 values stored in the graph`);
  return Array.from(value.content.data as BigInt64Array, Number);
}

/** @throws when the operator does not take this number of inputs */
export function checkInputCount(operator: Operator, inputs: readonly unknown[]): void {
  const [fewest, most] = operator.inputs;
  if (inputs.length < fewest || inputs.length > most) {
    throw new Error(`${operator.type}: ${fewest} inputs are needed, got ${inputs.length}`);
  }
}

/** @throws when the value does not have this rank */
export function checkRank(op: string, what: string, value: Value, rank: number): void {
  if (value.shape.length !== rank) {
    throw new Error(`${op}: ${what} has rank ${rank}, got shape [${value.shape}]`);
  }
}

/** @throws when the element types differ */
export function checkSameType(op: string, a: Value, b: Value): void {
  if (a.dtype !== b.dtype) throw new Error(`${op}: element types ${a.dtype} and ${b.dtype} differ`);
}

/** @throws when the value does not have this shape */
export function checkShape(op: string, what: string, value: Value, shape: Shape): void {
  if (!sameShape(value.shape, shape)) {
    throw new Error(`${op}: ${what} has shape [${shape}], got [${value.shape}]`);
  }
}
