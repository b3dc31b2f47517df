/** A training step's graph in the form that suits the device it runs on, and its session. */
import type { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { forGpu } from '../graph/rewrite/gpu.ts';
import { forProcessor } from '../graph/rewrite/processor.ts';
import { splitBatch } from '../graph/rewrite/split-batch.ts';
import { type CreateSession, type Device, interfaceOf, type Session } from '../runtime/session.ts';
import type { StepBatch, TrainingStep } from './build-step.ts';

/** Feature maps from here on are worth taking apart: a batch of them is far beyond a processor's second-level cache. */
const minPixels = 2 ** 15;
/** More parts gain no time, and make a larger graph, which takes longer to start. */
const mostParts = 16;

export function compileStep({
  graph,
  batchSize,
  device,
}: Pick<TrainingStep, 'graph' | 'batchSize' | 'device'>): Graph {
  const api = interfaceOf(device);
  if (api !== 'cpu') return forGpu(graph, api);
  let parts = Math.min(mostParts, batchSize);
  while (batchSize % parts !== 0) parts--;
  return splitBatch(forProcessor(graph, 'training'), { batchSize, parts, minPixels });
}

/** The second part of a step in two parts, in the form that suits the device. */
export function compileUpdate(update: Graph, device: Device): Graph {
  const api = interfaceOf(device);
  return api === 'cpu' ? forProcessor(update, 'training') : forGpu(update, api);
}

/** @param device that runs it; default: the one that the step is for */
export function openStep(
  step: Omit<TrainingStep<StepBatch>, 'inputs'>,
  createSession: CreateSession,
  device: Device = step.device,
): Promise<Session> {
  return createSession(encodeOnnx(compileStep(step)), { device, purpose: 'training' });
}
