/** Sessions on Node, through onnxruntime-node. */
import * as ort from 'onnxruntime-node';
import { firstLine } from '../errors/first-line.ts';
import { loadLinkedLibraries } from './devices/cuda.ts';
import { numberLikeTool } from './devices/nvidia-cards.ts';
import { providersOf } from './devices/providers.ts';
import { launchOf, threadsOf } from './mpi/launcher.ts';
import { ortError } from './ort-error.ts';
import { OrtSession } from './ort-session.ts';
import { deviceError, explainFailure } from './probe.ts';
import { readVector } from './read-vector.ts';
import { type CreateSession, cudaCard, optimizationLevels, type SessionOptions } from './session.ts';

// What it writes by itself would stand between a command's own lines; its errors come as errors.
ort.env.logLevel = 'fatal';

/** Runs graphs by ONNX Runtime for Node: what models and methods are handed here. */
export const createSession: CreateSession = async (model, options = {}) => {
  const { device = 'cpu' } = options;
  let session: ort.InferenceSession;
  try {
    if (cudaCard(device) !== undefined) {
      numberLikeTool();
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

/** Of a session on the processor; undefined: as ONNX Runtime has it. */
const threads = threadsOf(launchOf());

function sessionOptions({
  device = 'cpu',
  purpose = 'inference',
  keep = [],
  unchecked = false,
}: SessionOptions): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: providersOf(device, unchecked),
    // Only WebGPU's provider can leave a result where it is.
    ...(device === 'webgpu' && {
      preferredOutputLocation: Object.fromEntries(keep.map((name) => [name, 'gpu-buffer' as const])),
    }),
    graphOptimizationLevel: optimizationLevels[purpose],
    executionMode: 'sequential',
    // Ranks of one machine share its cores.
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    // Planned memory patterns nearly double the peak of a training step, and gain no time.
    enableMemPattern: false,
    logSeverityLevel: 4,
    ...(purpose === 'in turn' && { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
  };
}
