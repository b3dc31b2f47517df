/**
 * Computes the shapes of a classifier's values before anything runs: a file of a few bytes can ask for more
 * memory than there is. ONNX Runtime infers the shapes; values that shapes depend on are computed first, a
 * few numbers at a time.
 */
import { type ForeignModel, type ForeignNode, smallValueLimit } from '../graph/onnx/foreign-model.ts';
import { bitsOf, onnxTypes, runtimeTypes } from '../graph/onnx/onnx-types.ts';
import type { Known, ValueFacts } from '../graph/onnx/some-nodes.ts';
import type { CreateSession } from '../runtime/session.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import { randomOperators } from './values.ts';

/** Limits in bytes, for one picture: of a single value, and of all that are alive at once. */
const maxValueBytes = 2e9;
const mostAlive = 4e9;

/**
 * Limit on rounds. Each opens a session for the remaining nodes; shapes that depend on each other need one
 * round each.
 */
const maxRounds = 60;

/** The shapes of values by name, where they could be inferred. */
export type ValueShapes = ReadonlyMap<string, ValueFacts>;

/**
 * The shapes of a model's values.
 * @param inputs shapes of its inputs, by name
 * @throws if a value, or all that are alive at once, would take more memory than any classifier needs
 */
export async function checkValueSizes(
  model: ForeignModel,
  inputs: Readonly<Record<string, ValueFacts>>,
  createSession: CreateSession,
): Promise<ValueShapes> {
  const sizes = new Sizes(model.flat(), inputs, createSession);
  await sizes.follow();
  sizes.checkAlive();
  return sizes.shapes;
}

class Sizes {
  readonly shapes = new Map<string, ValueFacts>();
  readonly #model: ForeignModel;
  readonly #createSession: CreateSession;
  /** Small values that are the same for every picture. */
  readonly #numbers = new Map<string, Tensor>();

  constructor(
    model: ForeignModel,
    inputs: Readonly<Record<string, ValueFacts>>,
    createSession: CreateSession,
  ) {
    this.#model = model;
    this.#createSession = createSession;
    for (const [name, facts] of Object.entries(inputs)) this.shapes.set(name, facts);
  }

  async follow(): Promise<void> {
    let left = this.#model.nodes;
    for (let round = 0; round < maxRounds && left.length > 0; round++) {
      await this.#askShapes(left);
      left = left.filter(({ outputs }) => outputs.some((name) => name !== '' && !this.shapes.has(name)));
      if (!(await this.#askNumbers(left))) return;
    }
    if (left.length > 0) {
      throw new Error(`its shapes are computed in more than ${maxRounds} steps, each from the one before`);
    }
  }

  readonly #known = (name: string): Known | undefined =>
    this.#numbers.get(name) ?? this.shapes.get(name) ?? this.#model.known(name);

  async #askShapes(nodes: readonly ForeignNode[]): Promise<void> {
    const outputs = resultsOf(nodes);
    const bytes = this.#model.encodeNodes(nodes, this.#known, outputs);
    const session = await this.#createSession(bytes, { purpose: 'once' });
    const { outputTypes: types } = session;
    await session.release();
    if (types === undefined) throw new Error('internal: the session does not give the types of its outputs');
    for (const name of outputs) {
      const { type, shape } = types[name] ?? { type: '', shape: [''] };
      const number = runtimeTypes[type];
      if (number === undefined || !shape.every((dim) => typeof dim === 'number' && dim >= 0)) continue;
      const facts = { type: number, shape: shape as number[] };
      this.shapes.set(name, facts);
      if (bytesOf(facts) > maxValueBytes) throw this.#tooLarge(name, bytesOf(facts), 'makes', maxValueBytes);
    }
  }

  /**
   * Computes numbers that some nodes depend on.
   * @returns whether there were any
   */
  async #askNumbers(left: readonly ForeignNode[]): Promise<boolean> {
    const waiting = new Set(left.flatMap(({ reads }) => reads));
    const before = this.#numbers.size;
    const candidates = this.#model
      .nodesFor([...waiting])
      .filter(({ outputs }) => outputs.some((name) => name !== '' && !this.#numbers.has(name)));
    const computable = new Set<string>();
    const nodes: ForeignNode[] = [];
    for (const node of candidates) {
      const numbers = this.#numbersOfShape(node);
      if (numbers) this.#numbers.set(node.outputs[0], numbers);
      else if (this.#isComputable(node, computable)) {
        nodes.push(node);
        for (const name of node.outputs) computable.add(name);
      }
    }
    const wanted = [...computable].filter((name) => waiting.has(name) && this.#isOurs(name));
    if (wanted.length > 0) {
      const bytes = this.#model.encodeNodes(nodes, this.#known, wanted);
      const session = await this.#createSession(bytes, { purpose: 'once' });
      try {
        const values = await session.run({}, wanted);
        for (const name of wanted) this.#numbers.set(name, values[name]);
      } finally {
        await session.release();
      }
    }
    return this.#numbers.size > before;
  }

  /** The result of a Shape or Size node. */
  #numbersOfShape({ type, inputs, attributes }: ForeignNode): Tensor | undefined {
    const shape = this.shapes.get(inputs[0])?.shape ?? this.#model.storedShape(inputs[0]);
    if (!shape) return undefined;
    if (type === 'Size') return tensor('int64', [], [sizeOf(shape)]);
    if (type !== 'Shape') return undefined;
    const { start = 0, end = shape.length } = attributes as { start?: number; end?: number };
    const part = shape.slice(start, end);
    return tensor('int64', [part.length], part);
  }

  /** Whether a node computes a few numbers from a few numbers, the same for every picture. */
  #isComputable(
    { type, inputs, outputs, hasInnerGraphs }: ForeignNode,
    computable: ReadonlySet<string>,
  ): boolean {
    if (hasInnerGraphs || randomOperators.includes(type) || this.#model.functions.has(type)) return false;
    const areFew = outputs.every((name) => {
      const found = this.shapes.get(name);
      return found !== undefined && sizeOf(found.shape) <= smallValueLimit;
    });
    return areFew && inputs.every((name) => name === '' || computable.has(name) || this.#hasNumbers(name));
  }

  #hasNumbers(name: string): boolean {
    const found = this.#known(name);
    return found !== undefined && !('type' in found);
  }

  /** Whether this project has tensors of its element type. */
  #isOurs(name: string): boolean {
    return Object.values(onnxTypes).includes(this.shapes.get(name)?.type as number);
  }

  /**
   * A value is alive from its node to the last one that reads it.
   * @throws if too many bytes are alive at once
   */
  checkAlive(): void {
    const { nodes } = this.#model;
    const lastUse = new Map(nodes.flatMap(({ reads }, i) => reads.map((name) => [name, i])));
    let alive = 0;
    for (const [i, { reads, outputs }] of nodes.entries()) {
      for (const name of outputs) alive += bytesOf(this.shapes.get(name));
      if (alive > mostAlive) throw this.#tooLarge(outputs[0], alive, 'runs beside', mostAlive);
      const dead = new Set([...reads, ...outputs].filter((name) => (lastUse.get(name) ?? i) === i));
      for (const name of dead) if (this.#model.producer(name)) alive -= bytesOf(this.shapes.get(name));
    }
  }

  #tooLarge(value: string, bytes: number, verb: 'makes' | 'runs beside', most: number): Error {
    const type = this.#model.producer(value)?.type ?? '';
    return new Error(
      `its node '${value}' (${type}) ${verb} ${gigabytes(bytes)} of values for one picture; at most ${gigabytes(most)} are allowed`,
    );
  }
}

function gigabytes(bytes: number): string {
  return `${Number((bytes / 1e9).toPrecision(3))} GB`;
}

function bytesOf(facts?: ValueFacts): number {
  return facts ? (sizeOf(facts.shape) * bitsOf(facts.type)) / 8 : 0;
}

function resultsOf(nodes: readonly ForeignNode[]): string[] {
  return nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== '');
}
