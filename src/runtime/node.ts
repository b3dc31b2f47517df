/** Sessions on Node, through onnxruntime-node. */
import * as ort from 'onnxruntime-node';
import type { DType, Tensor, TypedArrayOf } from '../tensor/tensor.ts';
import { deviceError, explainFailure } from './probe.ts';
import type { CreateSession, Device, Session, SessionOptions } from './session.ts';

// Its warnings are about the search for hardware, and would stand between a command's own lines.
ort.env.logLevel = 'error';

export const createSession: CreateSession = async (model, options = {}) => {
  const { device = 'cpu' } = options;
  let session: ort.InferenceSession;
  try {
    session = await ort.InferenceSession.create(model, sessionOptions(options));
  } catch (error) {
    const failure = explainFailure(device, firstLine(error));
    if (failure.advice !== undefined) throw deviceError(device, failure, error);
    throw new Error(`ONNX Runtime does not accept the model on device '${device}': ${firstLine(error)}`, {
      cause: error,
    });
  }
  return new OrtSession(session, device);
};

function sessionOptions({
  device = 'cpu',
  purpose = 'inference',
}: SessionOptions): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    // Rewrites beyond 'extended' change memory layouts for fixed weights; a training step has none.
    graphOptimizationLevel: purpose === 'training' ? 'extended' : 'all',
    executionMode: 'sequential',
    // Planned memory patterns nearly double the peak of a training step, and gain no time.
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
}

class OrtSession implements Session {
  readonly #session: ort.InferenceSession;
  readonly #device: Device;

  constructor(session: ort.InferenceSession, device: Device) {
    this.#session = session;
    this.#device = device;
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.outputNames,
  ): Promise<Record<string, Tensor>> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const name of this.inputNames) {
      const feed = feeds[name];
      if (!feed) throw new Error(`session: the input '${name}' is not fed`);
      tensors[name] = new ort.Tensor(feed.dtype as 'float32', feed.data as Float32Array, feed.shape);
    }
    try {
      const results = await this.#session.run(tensors, outputs as string[]);
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(results[name])]));
    } catch (error) {
      throw new Error(`ONNX Runtime failed on device '${this.#device}': ${firstLine(error)}`, {
        cause: error,
      });
    }
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function fromOrt(value: ort.Tensor): Tensor {
  return { dtype: value.type as DType, shape: value.dims, data: value.data as TypedArrayOf[DType] };
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0];
}
