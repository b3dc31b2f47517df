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

  /**
   * @param Tensor of the package that the session comes from
   * @param unknown what this package says of a length that is not known; default: a name
   */
  constructor(session: InferenceSession, Tensor: TensorConstructor, device: Device, unknown?: number) {
    this.#session = session;
    this.#Tensor = Tensor;
    this.#device = device;
    this.#unknown = unknown;
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
      tensors[name] = new this.#Tensor(feed.dtype as 'float32', feed.data as Float32Array, feed.shape);
    }
    try {
      const results = await this.#session.run(tensors, outputs as string[]);
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(results[name])]));
    } catch (error) {
      throw ortError(`ONNX Runtime failed on device '${this.#device}'`, error);
    }
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function fromOrt(value: TensorOfOrt): Tensor {
  return { dtype: value.type as DType, shape: value.dims, data: value.data as TypedArrayOf[DType] };
}
