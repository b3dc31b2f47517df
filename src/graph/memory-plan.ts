/**
 * How much memory the tensors of a graph need at once when ONNX Runtime runs it on the CPU: its sequential executor, without
 * memory patterns, on paper. The rules are those of `allocation_planner.cc` (ONNX Runtime 1.30):
 *
 * - nodes run in the order of `executionOrder`;
 * - a result overwrites an input of its type and shape that nobody needs any more, where the operator can (element by element);
 * - else it takes a buffer of its type and shape that fell free before; until then that buffer stays allocated;
 * - else it gets a new one; a buffer is given back after the last use of the last value in it;
 * - results of the graph stay, its inputs and what is stored in it belong to others.
 *
 * Left out, and small: the scratch memory of kernels, and rewrites of the graph other than those of `withoutRewritten`.
 */
import { arrayType, type DType } from '../tensor/tensor.ts';
import { type Dim, type Shape, sameShape } from './dim.ts';
import { executionOrder } from './execution-order.ts';
import type { Graph, GraphNode, Value } from './graph.ts';

export interface MemoryPeak {
  /** Of all tensors that exist at the worst moment. */
  readonly bytes: number;
  /** The result computed then, by name. */
  readonly at: string;
}

/**
 * @param sizes of the graph's symbolic dimensions, such as `{ N: 8 }`
 * @throws when a symbolic dimension has no size
 */
export function memoryPeak(graph: Graph, sizes: Readonly<Record<string, number>> = {}): MemoryPeak {
  const { nodes, inputsOf, results } = withoutRewritten(graph);
  const order = executionOrder(nodes, inputsOf);
  const bufferOf = assignBuffers(order, inputsOf, results, graph);
  const touched = ({ inputs, outputs }: { inputs: readonly Value[]; outputs: readonly Value[] }): Value[] => [
    ...new Set([...inputs, ...outputs].map((value) => bufferOf.get(value) ?? value)),
  ];
  const lastUse = new Map<Value, GraphNode>();
  for (const node of order) {
    for (const buffer of touched({ inputs: inputsOf(node), outputs: node.outputs }))
      lastUse.set(buffer, node);
  }
  const held = new Set<Value>();
  let bytes = 0;
  let peak: MemoryPeak = { bytes: 0, at: '' };
  for (const node of order) {
    for (const value of node.outputs) {
      if (bufferOf.get(value) !== value) continue;
      held.add(value);
      bytes += bytesOf(value, sizes);
    }
    if (bytes > peak.bytes) peak = { bytes, at: node.outputs[0].name };
    for (const buffer of touched({ inputs: inputsOf(node), outputs: node.outputs })) {
      if (lastUse.get(buffer) !== node || results.has(buffer) || !held.delete(buffer)) continue;
      bytes -= bytesOf(buffer, sizes);
    }
  }
  return peak;
}

/** A tensor's bytes. */
export function bytesOf({ dtype, shape }: Value, sizes: Readonly<Record<string, number>> = {}): number {
  return shape.reduce<number>((product, dim) => product * sizeOfDim(dim, sizes), elementBytes(dtype));
}

function elementBytes(dtype: DType): number {
  return arrayType(dtype).BYTES_PER_ELEMENT;
}

/** `2*H/16` as a number. */
function sizeOfDim(dim: Dim, sizes: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim;
  const [, factor = '1', name, divisor = '1'] = /^(?:(\d+)\*)?(\w+?)(?:\/(\d+))?$/.exec(dim) ?? [];
  const size = sizes[name];
  if (size === undefined) throw new Error(`memory: the dimension '${dim}' has no size`);
  return (Number(factor) * size) / Number(divisor);
}

interface Rewritten {
  readonly nodes: readonly GraphNode[];
  /** What a node reads, rewritten. */
  readonly inputsOf: (node: GraphNode) => readonly Value[];
  readonly results: ReadonlySet<Value>;
}

/** The graph without what ONNX Runtime's optimiser takes out of it: copies, and transpositions that a matrix product can do. */
function withoutRewritten(graph: Graph): Rewritten {
  const nodes = graph.liveNodes();
  const readers = new Map<Value, number>();
  const makers = new Map<Value, GraphNode>();
  const multiplied = new Set<Value>();
  for (const node of nodes) {
    for (const value of node.outputs) makers.set(value, node);
    for (const value of present(node.inputs)) readers.set(value, (readers.get(value) ?? 0) + 1);
    if (node.operator.type === 'MatMul') for (const value of present(node.inputs)) multiplied.add(value);
  }
  const results = new Set(graph.outputs);
  const sources = new Map<Value, Value>();
  const left = nodes.filter(({ operator, inputs: [x], outputs: [y], attributes }) => {
    if (operator.type === 'Identity' && x && makers.has(x)) {
      if (!results.has(y)) sources.set(y, x);
      else if (readers.get(x) === 1 && !results.has(x)) {
        results.delete(y);
        results.add(x);
      } else return true;
      return false;
    }
    const swaps = operator.type === 'Transpose' && swapsLastTwo(attributes.perm as readonly number[]);
    if (swaps && x && readers.get(y) === 1 && multiplied.has(y)) return !sources.set(y, x);
    return true;
  });
  const source = (value: Value): Value => {
    const before = sources.get(value);
    return before ? source(before) : value;
  };
  const inputs = new Map(left.map((node) => [node, present(node.inputs).map(source)]));
  return { nodes: left, inputsOf: (node) => inputs.get(node) ?? [], results };
}

function present(values: readonly (Value | undefined)[]): Value[] {
  return values.filter((value) => value !== undefined);
}

function swapsLastTwo(perm: readonly number[]): boolean {
  const n = perm.length;
  return perm.every((axis, i) => axis === (i < n - 2 ? i : 2 * n - 3 - i));
}

/** Which inputs an operator's result may overwrite. */
const overwrites: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['Cast', 'Exp', 'HardSigmoid', 'Log', 'LogSoftmax', 'Neg', 'Relu', 'Softmax', 'Sqrt'].map((type) => [
      type,
      1,
    ]),
  ),
  ...Object.fromEntries(['Add', 'Div', 'Mul', 'Sub'].map((type) => [type, 2])),
};

/** Operators whose result is their first input, seen otherwise. */
const views = new Set(['Identity', 'Reshape']);

/** Of each value, the value in whose buffer it lies: itself, where it has one of its own. Inputs and stored values have none. */
function assignBuffers(
  order: readonly GraphNode[],
  inputsOf: (node: GraphNode) => readonly Value[],
  results: ReadonlySet<Value>,
  { inputs, initializers }: Graph,
): Map<Value, Value> {
  const bufferOf = new Map<Value, Value>();
  const given = new Set([...inputs, ...initializers]);
  /** How often a buffer is still made or read; those of the caller and of results never fall free. */
  const uses = new Map<Value, number>();
  const count = (value: Value, by: number): number => {
    const left = (uses.get(value) ?? 0) + by;
    uses.set(value, left);
    return left;
  };
  for (const node of order) for (const value of [...inputsOf(node), ...node.outputs]) count(value, 1);
  for (const value of [...results, ...given]) count(value, 1);
  const free = new FreeBuffers();
  const place = (value: Value): Value => bufferOf.get(value) ?? value;
  const share = (buffer: Value, value: Value): void => {
    bufferOf.set(value, buffer);
    count(buffer, uses.get(value) ?? 0);
  };
  for (const node of order) {
    const read = inputsOf(node);
    const { type } = node.operator;
    for (const value of node.outputs) {
      const dead = read
        .slice(0, overwrites[type] ?? 0)
        .find((input) => uses.get(place(input)) === 1 && alike(input, value));
      if (results.has(value)) bufferOf.set(value, value);
      else if (views.has(type)) share(place(read[0]), value);
      else if (dead) share(place(dead), value);
      else {
        const buffer = free.take(value);
        if (buffer) share(buffer, value);
        else bufferOf.set(value, value);
      }
    }
    for (const value of [...read, ...node.outputs]) {
      const buffer = place(value);
      if (count(buffer, -1) === 0 && !given.has(buffer)) free.give(buffer);
    }
  }
  return bufferOf;
}

/** Buffers that nobody needs for the moment, the last freed first. */
class FreeBuffers {
  readonly #byForm = new Map<string, Value[]>();

  give(buffer: Value): void {
    const form = formOf(buffer);
    const known = this.#byForm.get(form);
    if (known) known.push(buffer);
    else this.#byForm.set(form, [buffer]);
  }

  take({ dtype, shape }: Value): Value | undefined {
    return shape.length === 0 ? undefined : this.#byForm.get(formOf({ dtype, shape }))?.pop();
  }
}

/** Equal for tensors that fit into each other's buffers: elements of one size, in one shape. */
function formOf({ dtype, shape }: { dtype: DType; shape: Shape }): string {
  return `${elementBytes(dtype)} ${shape}`;
}

function alike(a: Value, b: Value): boolean {
  return elementBytes(a.dtype) === elementBytes(b.dtype) && sameShape(a.shape, b.shape);
}
