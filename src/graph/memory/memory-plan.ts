/**
 * Predicts the peak memory of a graph's tensors on ONNX Runtime's CPU provider, with its sequential executor
 * and without memory patterns. The rules are those of `allocation_planner.cc` (ONNX Runtime 1.30):
 *
 * - nodes run in the order of `executionOrder`;
 * - a result overwrites the input, where the operator can (`Operator.memory`) and nothing reads the input
 *   afterwards;
 * - else it reuses a free buffer of its shape; a free buffer stays allocated until then;
 * - else it gets a new buffer; a buffer is freed after the last use of the last value in it;
 * - outputs of the graph stay; inputs and stored values are not counted.
 *
 * Left out, and small: the scratch memory of kernels, and rewrites of the graph other than those of
 * `rewritten`.
 */
import { arrayType, type DType } from '../../tensor/tensor.ts';
import { type Dim, type Shape, sameShape } from '../dim.ts';
import type { Graph, GraphNode, Value } from '../graph.ts';
import { Arena, type Chunk } from './arena.ts';
import { executionOrder, presentInputs } from './execution-order.ts';

export interface MemoryNeed {
  /** Predicted peak memory of all tensors, in bytes. */
  readonly peak: number;
  /** Name of the result that is computed at the peak. */
  readonly at: string;
  /**
   * Bytes that the process holds after the graph has run. More than the peak, because of gaps between
   * buffers.
   */
  readonly resident: number;
}

/**
 * The predicted peak memory of one run.
 * @param sizes of the graph's symbolic dimensions, such as `{ N: 8 }`
 * @throws when a symbolic dimension has no size
 */
export function memoryNeed(graph: Graph, sizes: Readonly<Record<string, number>> = {}): MemoryNeed {
  const { nodes, inputsOf, results } = rewritten(graph);
  const order = executionOrder(nodes, inputsOf);
  const bufferOf = assignBuffers(order, inputsOf, results, graph);
  const buffersOf = (node: GraphNode): Set<Value> =>
    new Set([...inputsOf(node), ...node.outputs].map((value) => bufferOf.get(value) ?? value));
  const lastUse = new Map<Value, GraphNode>();
  for (const node of order) for (const buffer of buffersOf(node)) lastUse.set(buffer, node);
  const arena = new Arena();
  const held = new Map<Value, Chunk>();
  let bytes = 0;
  let peak = 0;
  let at = '';
  for (const node of order) {
    for (const value of node.outputs) {
      if (bufferOf.get(value) !== value) continue;
      const size = bytesOf(value, sizes);
      held.set(value, arena.take(size));
      bytes += size;
    }
    if (bytes > peak) {
      peak = bytes;
      at = node.outputs[0].name;
    }
    for (const buffer of buffersOf(node)) {
      const chunk = held.get(buffer);
      if (lastUse.get(buffer) !== node || results.has(buffer) || !chunk) continue;
      held.delete(buffer);
      arena.give(chunk);
      bytes -= bytesOf(buffer, sizes);
    }
  }
  return { peak, at, resident: arena.resident };
}

/** The bytes of a tensor. */
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
  /** The values that a node reads after the rewrites. */
  readonly inputsOf: (node: GraphNode) => readonly Value[];
  readonly results: ReadonlySet<Value>;
}

/**
 * The graph after those rewrites of ONNX Runtime's optimiser that change its memory: copies are removed, two
 * reshapes in a row become one, transpositions move into matrix products, and slices that cover a value
 * become one Split.
 */
function rewritten(graph: Graph): Rewritten {
  const nodes = graph.liveNodes();
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((value) => [value, node])));
  const readers = readersOf(nodes);
  const results = new Set(graph.outputs);
  const sources = new Map<Value, Value>();
  /** Nodes into which others were fused. */
  const joined = new Set<GraphNode>();
  const left = nodes.filter((node) => {
    const {
      operator,
      inputs: [x],
      outputs: [y],
    } = node;
    if (operator.type === 'Identity' && x && makers.has(x)) {
      if (!results.has(y)) return !sources.set(y, x);
      if (readers.get(x)?.length !== 1 || results.has(x)) return true;
      results.delete(y);
      results.add(x);
      return false;
    }
    const [reader, ...others] = readers.get(y) ?? [];
    if (!reader || others.length > 0 || results.has(y)) return true;
    const joins =
      operator.type === reader.operator.type
        ? operator.type === 'Reshape'
        : reader.operator.type === 'MatMul' && swapsLastTwo(node);
    if (joins) joined.add(reader);
    return !joins || !sources.set(y, x as Value);
  });
  const splits = [...readers].flatMap(([x, slices]) => (tile(x, slices) ? [split(x, slices)] : []));
  const sliced = new Set(splits.flatMap(({ outputs }) => outputs.map((value) => makers.get(value))));
  const source = (value: Value): Value => {
    const before = sources.get(value);
    return before ? source(before) : value;
  };
  // The optimiser appends the nodes that it rewrites, rule by rule; the execution order depends on that.
  const old = new Set(left.filter((node) => !sliced.has(node)));
  const anew = (type: string): GraphNode[] =>
    [...joined].filter((node) => old.has(node) && node.operator.type === type);
  const all = [...old].filter((node) => !joined.has(node));
  all.push(...anew('Reshape'), ...splits, ...anew('MatMul'));
  const inputs = new Map(all.map((node) => [node, presentInputs(node).map(source)]));
  return { nodes: all, inputsOf: (node) => inputs.get(node) ?? [], results };
}

function readersOf(nodes: readonly GraphNode[]): Map<Value, GraphNode[]> {
  const readers = new Map<Value, GraphNode[]>();
  for (const node of nodes) {
    for (const value of presentInputs(node)) {
      const known = readers.get(value);
      if (known) known.push(node);
      else readers.set(value, [node]);
    }
  }
  return readers;
}

/** Whether these nodes are slices of a value along one axis that cover it without overlap. */
function tile(x: Value, nodes: readonly GraphNode[]): boolean {
  if (nodes.length < 2 || !nodes.every(({ operator, inputs: [y] }) => operator.type === 'Slice' && y === x)) {
    return false;
  }
  const ranges = nodes.map(({ inputs }) => inputs.slice(1).map((value) => onlyNumber(value)));
  const [[, , axis]] = ranges;
  let covered = 0;
  for (const [start, end, along, step] of ranges.sort((a, b) => a[0] - b[0])) {
    if (start !== covered || along !== axis || step !== 1) return false;
    covered = end;
  }
  return covered === x.shape[axis];
}

/** The number that a stored vector of length 1 holds. */
function onlyNumber(value: Value | undefined): number {
  const data = value?.content?.data;
  return data?.length === 1 ? Number(data[0]) : Number.NaN;
}

/** One Split in place of slices. */
function split(x: Value, slices: readonly GraphNode[]): GraphNode {
  const [{ operator, attributes }] = slices;
  const outputs = slices.flatMap((node) => node.outputs);
  return { operator: { ...operator, type: 'Split' }, inputs: [x], outputs, attributes };
}

/** Whether a node transposes the last two axes, and no others. */
function swapsLastTwo({ operator, attributes }: GraphNode): boolean {
  if (operator.type !== 'Transpose') return false;
  const perm = attributes.perm as readonly number[];
  const n = perm.length;
  return perm.every((axis, i) => axis === (i < n - 2 ? i : 2 * n - 3 - i));
}

/**
 * For each value, the value whose buffer holds it: itself, where it has its own. Inputs and stored values
 * have none.
 */
function assignBuffers(
  order: readonly GraphNode[],
  inputsOf: (node: GraphNode) => readonly Value[],
  results: ReadonlySet<Value>,
  { inputs, initializers }: Graph,
): Map<Value, Value> {
  const bufferOf = new Map<Value, Value>();
  const given = new Set([...inputs, ...initializers]);
  /** How many writes and reads of a buffer are left. Buffers of the caller and of outputs are never freed. */
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
    const { memory } = node.operator;
    for (const value of node.outputs) {
      const [first] = read;
      const dead = memory === 'in place' && uses.get(place(first)) === 1 && alike(first, value);
      if (results.has(value)) bufferOf.set(value, value);
      else if (memory === 'view' || dead) share(place(first), value);
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

/** Free buffers, the last freed first. */
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

/** A key, equal for tensors that fit into each other's buffers: elements of one size, in one shape. */
function formOf({ dtype, shape }: { dtype: DType; shape: Shape }): string {
  return `${elementBytes(dtype)} ${shape}`;
}

function alike(a: Value, b: Value): boolean {
  return elementBytes(a.dtype) === elementBytes(b.dtype) && sameShape(a.shape, b.shape);
}
