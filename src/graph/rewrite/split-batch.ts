/**
 * The same graph with its large nodes taken apart along the batch: one node a part of the batch instead of one for all of it.
 *
 * On a processor, what one node writes the next one reads. With a whole batch of large feature maps in between, it reads from
 * main memory; with a part of it, from the cache. Only nodes that need the whole batch at once (sums over it) join the parts.
 */
import { Graph, type GraphNode, integersOf, type Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';

export interface SplitOptions {
  /** Images in the batch: the length of axis 0 of what is split. */
  readonly batchSize: number;
  /** How many parts; divides `batchSize`. */
  readonly parts: number;
  /** Nodes are split whose feature maps have at least so many pixels, N H W: whole stages of a network, so that the joints are few. */
  readonly minPixels: number;
}

/** @returns a new graph with the same inputs and outputs; sums over the batch are taken in another order. */
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
  for (const node of graph.liveNodes()) splitter.add(node);
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

  add(node: GraphNode): void {
    const { operator, inputs, outputs, attributes } = node;
    const rule = this.#isLarge(node) ? splitRule(node, this.#options.batchSize) : undefined;
    if (!rule) {
      const made = this.graph.add(
        operator,
        inputs.map((value) => value && this.whole(value)),
        attributes,
      );
      for (const [i, value] of outputs.entries()) this.keep(value, made[i]);
      return;
    }
    const { parts } = this.#options;
    const columns = inputs.map((value, i) =>
      value && rule.split[i] ? this.#partsOf(value) : new Array(parts).fill(value && this.whole(value)),
    );
    const made = Array.from({ length: parts }, (_, k) => {
      const own = columns.map((column) => column[k] as Value);
      if (operator.type === 'Reshape') return [o.reshape(own[0], this.#partShape(outputs[0]))];
      return this.graph.add(operator, own, attributes);
    });
    if (rule.joins)
      this.keep(
        outputs[0],
        this.#join(
          node,
          made.map(([value]) => value),
        ),
      );
    else
      for (const [i, value] of outputs.entries())
        this.#parts.set(
          value,
          made.map((part) => part[i]),
        );
  }

  /** The value for the whole batch. */
  whole(old: Value): Value {
    const known = this.#whole.get(old);
    if (known) return known;
    const joined = o.concat(this.#parts.get(old) as readonly Value[], 0);
    this.#whole.set(old, joined);
    return joined;
  }

  #partsOf(old: Value): readonly Value[] {
    const known = this.#parts.get(old);
    if (known) return known;
    const whole = this.whole(old);
    const length = this.#options.batchSize / this.#options.parts;
    const parts = Array.from({ length: this.#options.parts }, (_, k) =>
      o.slice(whole, 0, k * length, (k + 1) * length),
    );
    this.#parts.set(old, parts);
    return parts;
  }

  #partShape({ shape }: Value): number[] {
    return [this.#options.batchSize / this.#options.parts, ...(shape.slice(1) as number[])];
  }

  /** The sum, or the mean, over the batch from those of its parts. */
  #join({ operator }: GraphNode, parts: readonly Value[]): Value {
    const sum = parts.reduce((a, b) => o.add(a, b));
    return operator.type === 'ReduceMean' ? o.mul(sum, this.graph.scalar(1 / parts.length)) : sum;
  }

  /** Whether a feature map among the inputs and outputs, `[N, C, H, W]` or `[N, C, H W]`, has enough pixels. */
  #isLarge({ inputs, outputs }: GraphNode): boolean {
    const { batchSize, minPixels } = this.#options;
    return [...inputs, ...outputs].some((value) => {
      const [n, c, h, w] = (value?.shape ?? []).map(Number);
      const pixels = w === undefined ? Math.max(c, h) : h * w;
      return n === batchSize && n * pixels >= minPixels;
    });
  }
}

interface SplitRule {
  /** Which inputs are taken apart; the others serve every part as they are. */
  readonly split: readonly boolean[];
  /** The results of the parts are added up, instead of being parts of the result. */
  readonly joins: boolean;
}

const perElement = new Set([
  'Add',
  'Cast',
  'Div',
  'Equal',
  'Exp',
  'HardSigmoid',
  'Identity',
  'Less',
  'Log',
  'Mul',
  'Neg',
  'Relu',
  'Sqrt',
  'Sub',
  'Where',
]);
const perImage = new Set(['AveragePool', 'BatchNormalization', 'Conv', 'ConvTranspose', 'MaxPool', 'Resize']);

/** How a node is taken apart along axis 0; undefined: not at all. */
function splitRule(
  { operator: { type }, inputs, outputs, attributes }: GraphNode,
  batchSize: number,
): SplitRule | undefined {
  const [x] = inputs as readonly Value[];
  const [y] = outputs;
  const hasBatch = (value: Value | undefined, rank: number): boolean =>
    value?.shape.length === rank && value.shape[0] === batchSize;
  const map = (split: readonly boolean[]): SplitRule | undefined =>
    y.shape[0] === batchSize && split.includes(true) ? { split, joins: false } : undefined;
  const first = inputs.map((_, i) => i === 0);
  if (x.shape[0] !== batchSize && y.shape[0] !== batchSize) return undefined;
  if (perElement.has(type)) return map(inputs.map((value) => hasBatch(value, y.shape.length)));
  if (perImage.has(type)) return map(first);
  switch (type) {
    case 'MatMul':
      return y.shape.length < 3 ? undefined : map(inputs.map((value) => hasBatch(value, y.shape.length)));
    case 'Concat':
      return attributes.axis === 0 ? undefined : map(inputs.map(() => true));
    case 'Transpose':
      return (attributes.perm as readonly number[])[0] === 0 ? map(first) : undefined;
    case 'Reshape':
      return x.shape[0] === batchSize ? map(first) : undefined;
    case 'Slice':
      return integersOf(type, 'the axis', inputs[3])[0] === 0 ? undefined : map(first);
    case 'ReduceSum':
    case 'ReduceMean':
      if (x.shape[0] !== batchSize) return undefined;
      return integersOf(type, 'the axes', inputs[1]).includes(0) ? { split: first, joins: true } : map(first);
    default:
      return undefined;
  }
}
