/**
 * Checks that a model file's graph is the one that its weights and metadata define: either could have been
 * changed alone.
 */
import type { Graph, GraphNode, Value } from '../graph/graph.ts';
import type { Attributes } from '../graph/operator.ts';
import { floatToHalf } from '../tensor/half-float.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Outputs that a file's graph may lack, because earlier versions did. */
const optional: readonly string[] = ['reconstruction'];

/** A constant of up to this many numbers is compared by value; larger ones may be stored in 16 bits. */
const mostConstant = 255;

/**
 * Compares what two graphs compute, node by node. Names of weights, inputs and outputs must match; other
 * names are ignored.
 * @param wanted built from the weights and metadata
 * @throws with the output that differs
 */
export function checkGraph(found: Graph, wanted: Graph): void {
  const keys = new Keys();
  const [own, built] = [keys.of(found), keys.of(wanted)];
  const odd = [...own.keys()].find((output) => own.get(output) !== built.get(output));
  if (odd !== undefined) {
    throw new Error(`damaged: its graph does not compute '${odd}' as its weights and metadata say`);
  }
  const missing = [...built.keys()].find((output) => !own.has(output) && !optional.includes(output));
  if (missing !== undefined) throw new Error(`damaged: its graph does not give '${missing}'`);
}

/** Assigns numbers to values; two values have the same number if they are computed alike. */
class Keys {
  readonly #numbers = new Map<string, number>();

  /** The numbers of a graph's outputs, by name. */
  of(graph: Graph): Map<string, number> {
    const keys = new Map<Value | undefined, number>();
    for (const input of graph.inputs) keys.set(input, this.#number(`input ${input.name} ${input.dtype}`));
    for (const stored of graph.initializers) keys.set(stored, this.#stored(stored));
    const makers = new Map(
      graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)),
    );
    for (const node of graph.nodes) {
      const { type, inputs, attributes } = biasInside(node, makers);
      const from = inputs.map((value) => (value ? keys.get(value) : ''));
      const key = `${type} ${from} ${attributesKey(attributes)}`;
      for (const [i, value] of node.outputs.entries()) keys.set(value, this.#number(`${key} ${i}`));
    }
    return new Map(graph.outputs.map((value) => [value.name, keys.get(value) as number]));
  }

  /** The first content, by name, of weights (their names have a `/`) and of other large values. */
  readonly #large = new Map<string, Tensor['data']>();

  /**
   * Small constants (shapes, axes) are identified by their content; weights and large values by name, and by
   * whether their content equals the first with that name.
   */
  #stored({ name, dtype, shape, content }: Value): number {
    const data = content?.data ?? new Float32Array();
    const key = `stored ${dtype} [${shape}]`;
    if (data.length <= mostConstant && !name.includes('/')) return this.#number(`${key} ${data}`);
    const first = this.#large.get(name) ?? data;
    this.#large.set(name, first);
    return this.#number(`${key} ${name}${alike(first, data) ? '' : ' with other numbers'}`);
  }

  #number(key: string): number {
    const known = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, known);
    return known;
  }
}

/** Whether numbers are equal, or equal once stored in 16 bits. */
function alike(a: Tensor['data'], b: Tensor['data']): boolean {
  if (a === b || areEqual(a, b)) return true;
  if (!(a instanceof Float32Array && b instanceof Float32Array)) return false;
  const [one, other] = [floatToHalf(a), floatToHalf(b)];
  return one !== undefined && other !== undefined && areEqual(one, other);
}

function areEqual(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Attributes as in a file: floats in 32 bits, missing ones left out. */
function attributesKey(attributes: Attributes): string {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return JSON.stringify(
    given
      .map(([name, value]) => [name, typeof value === 'number' ? Math.fround(value) : value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

interface PlainNode {
  readonly type: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
}

/**
 * A node; an Add of a bias to a convolution, which earlier versions wrote, is treated as a convolution with
 * bias.
 */
function biasInside(node: GraphNode, makers: ReadonlyMap<Value, GraphNode>): PlainNode {
  const plain = { type: node.operator.type, inputs: node.inputs, attributes: node.attributes };
  if (plain.type !== 'Add') return plain;
  const [sum, added] = node.inputs.map((value) => value && makers.get(value));
  const isBias = added?.operator.type === 'Reshape' && added.inputs[0]?.content !== undefined;
  const [, channels] = node.outputs[0].shape;
  const isAlongChannels = String(added?.outputs[0].shape) === String([1, channels, 1, 1]);
  if (sum?.operator.type !== 'ConvTranspose' || sum.inputs.length !== 2 || !isBias || !isAlongChannels) {
    return plain;
  }
  return { type: 'ConvTranspose', inputs: [...sum.inputs, added?.inputs[0]], attributes: sum.attributes };
}
