/**
 * Splits a graph's large nodes along the batch: several nodes, each for a part of the batch, in place of one
 * for all of it.
 *
 * On a CPU, each node reads what the previous one wrote: with a whole batch of large feature maps from main
 * memory, with a part of it from the cache. The parts are joined only for nodes that need the whole batch
 * (sums over it). The operator says how a node is split (`Operator.splitBatch`).
 */
import { sameShape } from '../dim.ts';
import { Graph, type GraphNode, type Value } from '../graph.ts';
import type { BatchSplit } from '../operator.ts';
import { builders as o } from '../ops/index.ts';
import { copyNode } from './copy-node.ts';

export interface SplitOptions {
  /** Images in the batch: the length of axis 0. */
  readonly batchSize: number;
  /** Number of parts; divides `batchSize`. */
  readonly parts: number;
  /**
   * Only nodes whose feature maps have at least this many pixels, N H W, are split: whole stages of a
   * network, with few joints.
   */
  readonly minPixels: number;
}

/**
 * @returns a new graph with the same inputs and outputs; sums over the batch are taken in another order.
 * Values keep their names; parts have `/0`, `/1`, ... after them.
 */
export function splitBatch(graph: Graph, options: SplitOptions): Graph {
  const { batchSize, parts } = options;
  if (!(Number.isInteger(parts) && parts >= 1 && batchSize % parts === 0)) {
    throw new Error(`internal: a batch of ${batchSize} does not divide into ${parts} parts`);
  }
  const splitter = new Splitter(options);
  for (const value of graph.inputs)
    splitter.keep(value, splitter.graph.input(value.name, value.dtype, value.shape));
  for (const value of graph.initializers) {
    if (value.content) splitter.keep(value, splitter.graph.initializer(value.name, value.content));
  }
  for (const node of graph.liveNodes()) splitter.add(node, graph.outputs);
  for (const value of graph.outputs) splitter.graph.output(o.identity(splitter.whole(value), value.name));
  return splitter.graph;
}

class Splitter {
  readonly graph: Graph = new Graph();
  readonly #options: SplitOptions;
  readonly #whole = new Map<Value, Value>();
  readonly #parts = new Map<Value, readonly Value[]>();

  constructor(options: SplitOptions) {
    this.#options = options;
  }

  keep(old: Value, value: Value): void {
    this.#whole.set(old, value);
  }

  add(node: GraphNode, results: readonly Value[]): void {
    const split = this.#isLarge(node) ? splitOf(node, this.#options.batchSize) : undefined;
    if (split) {
      this.#split(node, split);
      return;
    }
    const inputs = node.inputs.map((value) => value && this.whole(value));
    const made = copyNode(this.graph, node, inputs, results);
    for (const [i, value] of node.outputs.entries()) this.keep(value, made[i]);
  }

  /** The value for the whole batch. */
  whole(old: Value): Value {
    const known = this.#whole.get(old);
    if (known) return known;
    const joined = this.graph.named(old.name, () => o.concat(this.#parts.get(old) as readonly Value[], 0));
    this.#whole.set(old, joined);
    return joined;
  }

  #split({ operator, inputs, outputs, attributes }: GraphNode, split: BatchSplit): void {
    const { joins = 'concat', partInputs } = split;
    const length = this.#options.batchSize / this.#options.parts;
    const columns = inputs.map((value, i) => (value && split.isSplit[i] ? this.#partsOf(value) : undefined));
    const parts = Array.from({ length: this.#options.parts }, (_, k) => {
      const own = inputs.map((value, i) => columns[i]?.[k] ?? (value && this.whole(value)));
      const given = partInputs ? partInputs(own as readonly Value[], length) : own;
      const names = outputs.map(({ name }) => `${name}/${k}`);
      return this.graph.add(operator, given, attributes, names);
    });
    for (const [i, value] of outputs.entries()) {
      const own = parts.map((part) => part[i]);
      const expected = joins === 'concat' ? value.shape.with(0, length) : value.shape;
      if (!sameShape(own[0].shape, expected)) {
        throw new Error(
          `internal: ${operator.type}: a part of '${value.name}' has shape [${expected}], got [${own[0].shape}]`,
        );
      }
      if (joins === 'concat') this.#parts.set(value, own);
      else
        this.keep(
          value,
          this.graph.named(value.name, () => sumOrMean(own, joins)),
        );
    }
  }

  #partsOf(old: Value): readonly Value[] {
    const known = this.#parts.get(old);
    if (known) return known;
    const whole = this.whole(old);
    const length = this.#options.batchSize / this.#options.parts;
    const parts = this.graph.named(old.name, () =>
      Array.from({ length: this.#options.parts }, (_, k) => o.slice(whole, 0, k * length, (k + 1) * length)),
    );
    this.#parts.set(old, parts);
    return parts;
  }

  /**
   * Whether a feature map among the inputs and outputs, `[N, C, H, W]` or `[N, C, H W]`, has enough pixels.
   */
  #isLarge({ inputs, outputs }: GraphNode): boolean {
    const { batchSize, minPixels } = this.#options;
    return [...inputs, ...outputs].some((value) => {
      const [n, c, h, w] = (value?.shape ?? []).map(Number);
      const pixels = w === undefined ? Math.max(c, h) : h * w;
      return n === batchSize && n * pixels >= minPixels;
    });
  }
}

/** The sum or the mean over the batch, from those of its equally long parts. */
function sumOrMean(parts: readonly Value[], which: 'sum' | 'mean'): Value {
  const sum = parts.reduce((a, b) => o.add(a, b));
  return which === 'mean' ? o.mul(sum, sum.graph.scalar(1 / parts.length)) : sum;
}

/**
 * How a node is split; undefined: it is not, by its operator's rule or because an input or output lacks the
 * batch.
 */
function splitOf(
  { operator, inputs, outputs, attributes }: GraphNode,
  batchSize: number,
): BatchSplit | undefined {
  const split = operator.splitBatch?.({ inputs: inputs as readonly Value[], outputs, attributes }, batchSize);
  if (!split) return undefined;
  const hasBatch = (value: Value | undefined): boolean => value?.shape[0] === batchSize;
  const splitInputs = inputs.filter((_, i) => split.isSplit[i]);
  const joins = split.joins ?? 'concat';
  const fits =
    splitInputs.length > 0 && splitInputs.every(hasBatch) && (joins !== 'concat' || outputs.every(hasBatch));
  return fits ? split : undefined;
}
