/**
 * How large the values of a classifier are, before anything runs: a file of a few bytes can ask for more memory than there is. ONNX
 * Runtime follows the shapes; what shapes are computed from is computed first, a few numbers at a time.
 */
import { type ForeignModel, type ForeignNode, fewNumbers } from '../graph/onnx/foreign-model.ts';
import { bitsOf, onnxTypes, runtimeTypes } from '../graph/onnx/onnx-types.ts';
import type { Known, ValueFacts } from '../graph/onnx/some-nodes.ts';
import type { CreateSession } from '../runtime/session.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import { ofChance } from './values.ts';

/** Bytes of a single value, and of those that are alive at once, for one picture. */
const mostOfValue = 2e9;
const mostAlive = 4e9;

/** Each takes a session of what is left: shapes that are computed one after the other take one each. */
const mostRounds = 60;

/** Shapes of values by name, of those whose shape can be told. */
export type ValueShapes = ReadonlyMap<string, ValueFacts>;

/**
 * The shapes of a model's values.
 * @param inputs of its inputs, by name
 * @throws where a value, or all that are alive at once, would take more memory than any classifier needs
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
  /** Those that are the same for every picture, and few. */
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
    for (let round = 0; round < mostRounds && left.length > 0; round++) {
      await this.#askShapes(left);
      left = left.filter(({ outputs }) => outputs.some((name) => name !== '' && !this.shapes.has(name)));
      if (!(await this.#askNumbers(left))) return;
    }
    if (left.length > 0) {
      throw new Error(`its shapes are computed in more than ${mostRounds} steps, each from the one before`);
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
    if (types === undefined) throw new Error('internal: the session does not say what its outputs are like');
    for (const name of outputs) {
      const { type, shape } = types[name] ?? { type: '', shape: [''] };
      const number = runtimeTypes[type];
      if (number === undefined || !shape.every((dim) => typeof dim === 'number' && dim >= 0)) continue;
      const facts = { type: number, shape: shape as number[] };
      this.shapes.set(name, facts);
      if (bytesOf(facts) > mostOfValue) throw this.#tooLarge(name, bytesOf(facts), 'makes', mostOfValue);
    }
  }

  /** Finds numbers that some nodes wait for. @returns whether there were any */
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

  /** Of a node that gives the shape of a value, or its size. */
  #numbersOfShape({ type, inputs, attributes }: ForeignNode): Tensor | undefined {
    const shape = this.shapes.get(inputs[0])?.shape ?? this.#model.storedShape(inputs[0]);
    if (!shape) return undefined;
    if (type === 'Size') return tensor('int64', [], [sizeOf(shape)]);
    if (type !== 'Shape') return undefined;
    const { start = 0, end = shape.length } = attributes as { start?: number; end?: number };
    const part = shape.slice(start, end);
    return tensor('int64', [part.length], part);
  }

  /** Whether a node makes a few numbers of a few numbers, the same for every picture. */
  #isComputable(
    { type, inputs, outputs, hasInnerGraphs }: ForeignNode,
    computable: ReadonlySet<string>,
  ): boolean {
    if (hasInnerGraphs || ofChance.includes(type) || this.#model.functions.has(type)) return false;
    const areFew = outputs.every((name) => {
      const found = this.shapes.get(name);
      return found !== undefined && sizeOf(found.shape) <= fewNumbers;
    });
    return areFew && inputs.every((name) => name === '' || computable.has(name) || this.#hasNumbers(name));
  }

  #hasNumbers(name: string): boolean {
    const found = this.#known(name);
    return found !== undefined && !('type' in found);
  }

  /** Whether tensors here can be of its element type. */
  #isOurs(name: string): boolean {
    return Object.values(onnxTypes).includes(this.shapes.get(name)?.type as number);
  }

  /** Values are alive from their node to the last one that reads them. @throws where they are too many at once */
  checkAlive(): void {
    const { nodes } = this.#model;
    const lastUse = new Map(nodes.flatMap(({ reads }, i) => reads.map((name) => [name, i])));
    let alive = 0;
    for (const [i, { reads, outputs }] of nodes.entries()) {
      for (const name of outputs) alive += bytesOf(this.shapes.get(name));
      if (alive > mostAlive) throw this.#tooLarge(outputs[0], alive, 'runs beside', mostAlive);
      const dead = new Set([...reads, ...outputs].filter((name) => (lastUse.get(name) ?? i) === i));
      for (const name of dead) if (this.#model.maker(name)) alive -= bytesOf(this.shapes.get(name));
    }
  }

  #tooLarge(value: string, bytes: number, verb: 'makes' | 'runs beside', most: number): Error {
    const type = this.#model.maker(value)?.type ?? '';
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
