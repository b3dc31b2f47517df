/** Runs an original classifier, and compares its predictions with those of its import. */
import { toImage } from '../data/picture/unit-range.ts';
import { FileError } from '../errors/file-error.ts';
import type { ForeignModel } from '../graph/onnx/foreign-model.ts';
import type { CreateSession, Session } from '../runtime/session.ts';
import { argMax } from '../tensor/arg-max.ts';
import { type Picture, sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import { type ClassOutput, classOutputOf } from './class-output.ts';
import type { ImageInput } from './image-input.ts';
import type { Preprocessing } from './preprocessing.ts';
import { asFloat32 } from './values.ts';

/** Class probabilities, `[M]`. */
export type Probabilities = Float64Array;

/** The original classifier's session. */
export class OriginalRun {
  readonly original: ForeignModel;
  readonly input: ImageInput;
  readonly output: ClassOutput;
  readonly #session: Session;
  readonly #size: number;

  private constructor(
    original: ForeignModel,
    input: ImageInput,
    output: ClassOutput,
    session: Session,
    size: number,
  ) {
    this.original = original;
    this.input = input;
    this.output = output;
    this.#session = session;
    this.#size = size;
  }

  /**
   * @param multiLabel as for `classOutputOf`
   * @throws `FileError` if ONNX Runtime cannot run it, or none of its outputs has classes
   */
  static async open(
    original: ForeignModel,
    input: ImageInput,
    size: number,
    createSession: CreateSession,
    multiLabel?: boolean,
  ): Promise<OriginalRun> {
    try {
      const session = await createSession(original.encode(original.outputs));
      const values = await session.run(grey(input, size));
      const shapes = Object.fromEntries(Object.entries(values).map(([name, { shape }]) => [name, shape]));
      const output = classOutputOf(original, shapes, multiLabel);
      checkLogits(output, Float64Array.from(asFloat32(values[output.name]).data, Number));
      return new OriginalRun(original, input, output, session, size);
    } catch (error) {
      throw FileError.from(original.name, error);
    }
  }

  /** Whether a batch of two pictures gives the same results as each picture alone. */
  async takesBatch(): Promise<boolean> {
    const { input, output } = this;
    const shape = inputShape(input, this.#size, 1);
    const pictures = [ramp(sizeOf(shape), 1), ramp(sizeOf(shape), -1)];
    const read = async (n: number, data: readonly number[]): Promise<Tensor> => {
      const fed = tensor('float32', [n, ...shape.slice(1)], data);
      return asFloat32((await this.#session.run({ [input.name]: fed }, [output.name]))[output.name]);
    };
    let both: Tensor;
    try {
      both = await read(2, pictures.flat());
    } catch {
      return false;
    }
    const [a, b] = [await read(1, pictures[0]), await read(1, pictures[1])];
    const wanted = [...a.data, ...b.data].map(Number);
    if (both.shape[0] !== 2 || both.data.length !== wanted.length) return false;
    return wanted.every(
      (value, i) => Math.abs(value - Number(both.data[i])) <= 1e-3 * Math.max(1, Math.abs(value)),
    );
  }

  /**
   * Its probabilities for pictures. The preprocessing is computed here, without a graph.
   * @param seen uint8 `[size, size, C]`
   */
  async probabilities(preprocessing: Preprocessing, seen: readonly Picture[]): Promise<Probabilities[]> {
    const { input, output } = this;
    const all: Probabilities[] = [];
    for (const picture of seen) {
      const fed = tensor(
        'float32',
        inputShape(input, this.#size, 1),
        prepare(picture, preprocessing, input.layout),
      );
      const result = await this.#session.run({ [input.name]: fed }, [output.name]);
      all.push(toProbabilities(Float64Array.from(asFloat32(result[output.name]).data, Number), output));
    }
    return all;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** @throws if values that should be logits are probabilities: softmax must not be applied to them again */
function checkLogits({ name, inside, activation }: ClassOutput, values: Float64Array): void {
  const sum = values.reduce((total, value) => total + value, 0);
  const areProbabilities = values.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-4;
  if (!inside && activation === 'softmax' && areProbabilities) {
    throw new Error(
      `its output '${name}' is probabilities, but no Softmax computes them; export it with the logits as output`,
    );
  }
}

/**
 * The shape of an input with `n` pictures.
 * @param side height and width, in pixels
 */
export function inputShape({ layout, channels }: ImageInput, side: number, n: number): number[] {
  return layout === 'NCHW' ? [n, channels, side, side] : [n, side, side, channels];
}

/** A ramp from one side of the picture to the other, 0 to 1 or back. */
function ramp(n: number, way: 1 | -1): number[] {
  return Array.from({ length: n }, (_, i) => (way === 1 ? i : n - 1 - i) / n);
}

/** A uniform grey picture. */
function grey(input: ImageInput, size: number): Record<string, Tensor<'float32'>> {
  const picture = tensor('float32', inputShape(input, size, 1));
  picture.data.fill(0.5);
  return { [input.name]: picture };
}

function prepare(
  { shape: [height, width, channels], data }: Picture,
  { scale, mean, std, bgr }: Preprocessing,
  layout: 'NCHW' | 'NHWC',
): Float32Array {
  const out = new Float32Array(data.length);
  const pixels = height * width;
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < channels; c++) {
      const from = bgr ? channels - 1 - c : c;
      const x = (data[i * channels + from] / 255) * scale;
      const value = (x - (mean[from] ?? mean[0])) / (std[from] ?? std[0]);
      out[layout === 'NCHW' ? c * pixels + i : i * channels + c] = value;
    }
  }
  return out;
}

/** Probabilities from an output: softmax or sigmoid, unless it is probabilities already. */
function toProbabilities(values: Float64Array, { activation, inside }: ClassOutput): Probabilities {
  if (inside) return values;
  if (activation === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)));
  const top = values[argMax(values)];
  const powers = values.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The largest difference between a model file's probabilities and the expected ones; 0 without pictures. */
export async function compareProbabilities(
  file: Uint8Array,
  wanted: readonly Probabilities[],
  seen: readonly Picture[],
  createSession: CreateSession,
): Promise<number> {
  if (seen.length === 0) return 0;
  const session = await createSession(file);
  let largest = 0;
  try {
    for (const [i, picture] of seen.entries()) {
      const feeds: Record<string, Tensor> = {
        image: toImage(picture),
        class_index: tensor('int64', [1], [-1]),
      };
      const { probabilities } = await session.run(feeds, ['probabilities']);
      for (const [c, value] of wanted[i].entries()) {
        const difference = Math.abs(value - Number(probabilities.data[c]));
        // NaN counts as a difference.
        if (!(difference <= largest)) largest = difference;
      }
    }
  } finally {
    await session.release();
  }
  return largest;
}
