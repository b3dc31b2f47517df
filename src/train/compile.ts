/** Rewrites a training step's graph for its device, and opens its session. */
import type { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { forCpu } from '../graph/rewrite/cpu.ts';
import { forGpu } from '../graph/rewrite/gpu.ts';
import { splitBatch } from '../graph/rewrite/split-batch.ts';
import { type CreateSession, type Device, interfaceOf, type Session } from '../runtime/session.ts';
import type { StepBatch, TrainingStep } from './build-step.ts';

/**
 * Feature maps of at least this many pixels are split: a batch of them is far larger than a CPU's
 * second-level cache.
 */
const minPixels = 2 ** 15;
/** More parts are not faster, and make a larger graph, which takes longer to open. */
const maxParts = 16;

export function compileStep({
  graph,
  batchSize,
  device,
}: Pick<TrainingStep, 'graph' | 'batchSize' | 'device'>): Graph {
  const api = interfaceOf(device);
  if (api !== 'cpu') return forGpu(graph, api);
  let parts = Math.min(maxParts, batchSize);
  while (batchSize % parts !== 0) parts--;
  return splitBatch(forCpu(graph, 'training'), { batchSize, parts, minPixels });
}

/** The optimiser's graph of a step of two graphs, rewritten for the device. */
export function compileUpdate(update: Graph, device: Device): Graph {
  const api = interfaceOf(device);
  return api === 'cpu' ? forCpu(update, 'training') : forGpu(update, api);
}

/**
 * Opens the session of a step.
 * @param device that runs it; default: the one that the step was built for
 */
export function openStep(
  step: Omit<TrainingStep<StepBatch>, 'inputs'>,
  createSession: CreateSession,
  device: Device = step.device,
): Promise<Session> {
  return createSession(encodeOnnx(compileStep(step)), { device, purpose: 'training' });
}
