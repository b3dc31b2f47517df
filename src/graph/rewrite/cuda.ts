/** Faster forms for ONNX Runtime's CUDA provider. */
import type { GraphNode, Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';

/** How many inputs of equal length one kernel takes at most. */
const maxInputs = 32;

/**
 * Concat of inputs of equal length. Where lengths differ, the CUDA provider copies a table of them to the GPU
 * before it starts the kernel, which costs more than the kernel; with equal lengths it needs none. In a dense
 * block all new feature maps have the same few channels: a concatenated value is kept as parts of that many
 * channels.
 */
export class EqualConcat {
  /** The equal parts of a value, along axis 1. */
  readonly #parts = new Map<Value, readonly Value[]>();

  /** @returns undefined where the lengths are equal already, or cannot be made so */
  form({ operator, attributes }: GraphNode, inputs: readonly Value[]): readonly Value[] | undefined {
    if (operator.type !== 'Concat' || (attributes as { axis: number }).axis !== 1) return undefined;
    const lengths = inputs.map(({ shape }) => Number(shape[1]));
    const least = Math.min(...lengths);
    const total = lengths.reduce((a, b) => a + b);
    const isEven = lengths.every((length) => length === least);
    if (isEven || lengths.some((length) => length % least !== 0) || total > maxInputs * least)
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
