/** Forms that ONNX Runtime's CUDA provider runs faster. */
import type { GraphNode, Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';

/** Values that one kernel takes at most, where they are equally long. */
const mostTogether = 32;

/**
 * Values side by side as more of equal length. Where lengths differ, the provider copies a table of them to the GPU before
 * it starts the kernel, which costs more than the kernel; with equal ones it needs none. In a dense block each new feature
 * map has the same few channels: what is joined is kept in parts of as many.
 */
export class EvenConcat {
  /** A value's parts, along axis 1. */
  readonly #parts = new Map<Value, readonly Value[]>();

  /** @returns undefined where lengths are equal already, or cannot be made so */
  form({ operator, attributes }: GraphNode, inputs: readonly Value[]): readonly Value[] | undefined {
    if (operator.type !== 'Concat' || (attributes as { axis: number }).axis !== 1) return undefined;
    const lengths = inputs.map(({ shape }) => Number(shape[1]));
    const least = Math.min(...lengths);
    const total = lengths.reduce((a, b) => a + b);
    const isEven = lengths.every((length) => length === least);
    if (isEven || lengths.some((length) => length % least !== 0) || total > mostTogether * least)
      return undefined;
    const parts = inputs.flatMap((value) => this.#partsOf(value, least));
    const joined = o.concat(parts, 1);
    this.#parts.set(joined, parts);
    return [joined];
  }

  #partsOf(value: Value, length: number): readonly Value[] {
    const known = this.#parts.get(value);
    if (known?.every(({ shape }) => shape[1] === length)) return known;
    const count = Number(value.shape[1]) / length;
    const parts = count === 1 ? [value] : o.split(value, 1, new Array<number>(count).fill(length));
    this.#parts.set(value, parts);
    return parts;
  }
}
