/** Adapts a session of any of ONNX Runtime's packages to the project's interface. */
import type { InferenceSession, TensorConstructor, Tensor as TensorOfOrt } from 'onnxruntime-node';
import type { DType, Tensor, TypedArrayOf } from '../tensor/tensor.ts';
import { ortError } from './ort-error.ts';
import type { Device, KeepingRun, Kept, OutputType, Session } from './session.ts';

export interface OrtSessionOptions {
  readonly device: Device;
  /** This package's value for an unknown length; default: a name. */
  readonly unknown?: number;
  /** Results that stay on the device; default: none. */
  readonly keep?: readonly string[];
  /** Copies such a result to CPU memory. */
  readonly read?: (value: TensorOfOrt) => Promise<TensorOfOrt>;
}

export class OrtSession implements Session {
  readonly #session: InferenceSession;
  readonly #Tensor: TensorConstructor;
  readonly #options: OrtSessionOptions;
  /** Inputs of type int32. */
  readonly #narrow: ReadonlySet<string>;

  /** @param Tensor of the session's package */
  constructor(session: InferenceSession, Tensor: TensorConstructor, options: OrtSessionOptions) {
    this.#session = session;
    this.#Tensor = Tensor;
    this.#options = options;
    const narrow = session.inputMetadata.filter((one) => one.isTensor && one.type === 'int32');
    this.#narrow = new Set(narrow.map(({ name }) => name));
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  /** Only outputs that are tensors. */
  get outputTypes(): Readonly<Record<string, OutputType>> {
    const types: Record<string, OutputType> = {};
    for (const one of this.#session.outputMetadata) {
      if (!one.isTensor) continue;
      const shape = one.shape.map((length) => (length === this.#options.unknown ? '' : length));
      types[one.name] = { type: one.type, shape };
    }
    return types;
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.outputNames,
  ): Promise<Record<string, Tensor>> {
    const results = await this.#run(feeds, outputs);
    return Object.fromEntries(outputs.map((name) => [name, fromOrt(results[name])]));
  }

  async runKeeping(feeds: Readonly<Record<string, Tensor | Kept>>): Promise<KeepingRun> {
    const { keep = [], read = async (value) => value } = this.#options;
    const found = await this.#run(feeds, this.outputNames);
    const results: Record<string, Tensor> = {};
    const kept: Record<string, Kept> = {};
    for (const name of this.outputNames) {
      if (keep.includes(name)) kept[name] = new KeptOfOrt(found[name], read);
      else results[name] = fromOrt(found[name]);
    }
    return { results, kept };
  }

  async release(): Promise<void> {
    await this.#session.release();
  }

  async #run(
    feeds: Readonly<Record<string, Tensor | Kept>>,
    outputs: readonly string[],
  ): Promise<InferenceSession.OnnxValueMapType> {
    const tensors: Record<string, TensorOfOrt> = {};
    for (const name of this.inputNames) {
      const feed = feeds[name];
      if (!feed) throw new Error(`session: the input '${name}' is missing`);
      tensors[name] = feed instanceof KeptOfOrt ? feed.value : this.#given(name, feed as Tensor);
    }
    try {
      return await this.#session.run(tensors, outputs as string[]);
    } catch (error) {
      throw ortError(`ONNX Runtime failed on device '${this.#options.device}'`, error);
    }
  }

  /** Converts indices fed as int64 to the graph's type: WebGPU has no int64. */
  #given(name: string, { dtype, data, shape }: Tensor): TensorOfOrt {
    if (dtype === 'int64' && this.#narrow.has(name)) {
      return new this.#Tensor('int32', Int32Array.from(data as BigInt64Array, Number), shape);
    }
    return new this.#Tensor(dtype as 'float32', data as Float32Array, shape);
  }
}

class KeptOfOrt implements Kept {
  readonly value: TensorOfOrt;
  readonly #read: (value: TensorOfOrt) => Promise<TensorOfOrt>;

  constructor(value: TensorOfOrt, read: (value: TensorOfOrt) => Promise<TensorOfOrt>) {
    this.value = value;
    this.#read = read;
  }

  async read(): Promise<Tensor> {
    return fromOrt(this.value.location === 'cpu' ? this.value : await this.#read(this.value));
  }

  release(): void {
    if (this.value.location !== 'cpu') this.value.dispose();
  }
}

function fromOrt(value: TensorOfOrt): Tensor {
  return { dtype: value.type as DType, shape: value.dims, data: value.data as TypedArrayOf[DType] };
}
