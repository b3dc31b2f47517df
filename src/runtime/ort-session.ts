/** A session of ONNX Runtime, of any of its packages, as the project sees it. */
import type { InferenceSession, TensorConstructor, Tensor as TensorOfOrt } from 'onnxruntime-node';
import type { DType, Tensor, TypedArrayOf } from '../tensor/tensor.ts';
import { ortError } from './ort-error.ts';
import type { Device, OutputType, Session } from './session.ts';

export class OrtSession implements Session {
  readonly #session: InferenceSession;
  readonly #Tensor: TensorConstructor;
  readonly #device: Device;
  readonly #unknown: number | undefined;
  /** Inputs that are integers of 32 bits. */
  readonly #narrow: ReadonlySet<string>;

  /**
   * @param Tensor of the package that the session comes from
   * @param unknown what this package says of a length that is not known; default: a name
   */
  constructor(session: InferenceSession, Tensor: TensorConstructor, device: Device, unknown?: number) {
    this.#session = session;
    this.#Tensor = Tensor;
    this.#device = device;
    this.#unknown = unknown;
    const narrow = session.inputMetadata.filter((one) => one.isTensor && one.type === 'int32');
    this.#narrow = new Set(narrow.map(({ name }) => name));
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  /** Of tensors alone. */
  get outputTypes(): Readonly<Record<string, OutputType>> {
    const types: Record<string, OutputType> = {};
    for (const one of this.#session.outputMetadata) {
      if (!one.isTensor) continue;
      const shape = one.shape.map((length) => (length === this.#unknown ? '' : length));
      types[one.name] = { type: one.type, shape };
    }
    return types;
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.outputNames,
  ): Promise<Record<string, Tensor>> {
    const tensors: Record<string, TensorOfOrt> = {};
    for (const name of this.inputNames) {
      const feed = feeds[name];
      if (!feed) throw new Error(`session: the input '${name}' is not fed`);
      tensors[name] = this.#given(name, feed);
    }
    try {
      const results = await this.#session.run(tensors, outputs as string[]);
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(results[name])]));
    } catch (error) {
      throw ortError(`ONNX Runtime failed on device '${this.#device}'`, error);
    }
  }

  /** Indices may be fed in 64 bits, whatever the graph has: WebGPU knows none. */
  #given(name: string, { dtype, data, shape }: Tensor): TensorOfOrt {
    if (dtype === 'int64' && this.#narrow.has(name)) {
      return new this.#Tensor('int32', Int32Array.from(data as BigInt64Array, Number), shape);
    }
    return new this.#Tensor(dtype as 'float32', data as Float32Array, shape);
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function fromOrt(value: TensorOfOrt): Tensor {
  return { dtype: value.type as DType, shape: value.dims, data: value.data as TypedArrayOf[DType] };
}
