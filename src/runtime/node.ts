/** Sessions on Node, through onnxruntime-node. */
import * as ort from 'onnxruntime-node';
import { firstLine } from '../errors/first-line.ts';
import { loadLinkedLibraries } from './devices/cuda.ts';
import { usePciBusOrder } from './devices/nvidia-cards.ts';
import { providersOf } from './devices/providers.ts';
import { launchOf, threadsOf } from './mpi/launcher.ts';
import { ortError } from './ort-error.ts';
import { OrtSession } from './ort-session.ts';
import { deviceError, explainFailure } from './probe.ts';
import { readVector } from './read-vector.ts';
import { type CreateSession, cudaCard, optimizationLevels, type SessionOptions } from './session.ts';

// Its own output would mix with a command's; its errors are thrown.
ort.env.logLevel = 'fatal';

/**
 * Opens a session with ONNX Runtime for Node, which runs a graph: on its own, or for a model's `load`.
 * Default: on the CPU, for inference.
 * @throws when the bytes are not a model that it accepts, or the device cannot be used
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { FullModel } from 'high-res-mapping';
 * import { createSession } from 'high-res-mapping/node';
 *
 * const bytes = await readFile('models/scenes.onnx');
 * const model = await FullModel.load(bytes, createSession, { device: 'cpu' });
 * console.log(model.classes.length); //=> 6
 * await model.release();
 * const session = await createSession(bytes);
 * console.log(session.inputNames, session.outputNames[0]); //=> [ 'image', 'class_index' ] probabilities
 * await session.release();
 * ```
 */
export const createSession: CreateSession = async (model, options = {}) => {
  const { device = 'cpu' } = options;
  let session: ort.InferenceSession;
  try {
    if (cudaCard(device) !== undefined) {
      usePciBusOrder();
      await loadLinkedLibraries();
    }
    session = await ort.InferenceSession.create(model, sessionOptions(options));
  } catch (error) {
    const failure = explainFailure(device, firstLine(error));
    if (failure.advice !== undefined) throw deviceError(device, failure, error);
    throw ortError(`ONNX Runtime does not accept the model on device '${device}'`, error);
  }
  const { keep } = options;
  return new OrtSession(session, ort.Tensor, {
    device,
    keep,
    read: (value) => readVector(value, providersOf(device)),
  });
};

/** Threads of a CPU session; undefined: ONNX Runtime's default. */
const threads = threadsOf(launchOf());

function sessionOptions({
  device = 'cpu',
  purpose = 'inference',
  keep = [],
  unchecked = false,
}: SessionOptions): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: providersOf(device, unchecked),
    // Only WebGPU's provider can leave a result on the device.
    ...(device === 'webgpu' && {
      preferredOutputLocation: Object.fromEntries(keep.map((name) => [name, 'gpu-buffer' as const])),
    }),
    graphOptimizationLevel: optimizationLevels[purpose],
    executionMode: 'sequential',
    // Ranks of one machine share its cores.
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    // Memory patterns nearly double the peak memory of a training step, and are not faster.
    enableMemPattern: false,
    logSeverityLevel: 4,
    ...(purpose === 'in turn' && { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
  };
}
