/** A training step's graph in the form that suits the device it runs on. */
import type { Graph } from '../graph/graph.ts';
import { forProcessor } from '../graph/processor.ts';
import { splitBatch } from '../graph/split-batch.ts';
import type { Device } from '../runtime/session.ts';
import type { TrainingStep } from './step.ts';

/** Feature maps from here on are worth taking apart: far beyond a processor's second-level cache. */
const minBytes = 20e6;
/** More parts gain no time, and make a larger graph, which takes longer to start. */
const mostParts = 8;

export function compileStep({ graph, batchSize }: TrainingStep, device: Device): Graph {
  if (device !== 'cpu') return graph;
  let parts = Math.min(mostParts, batchSize);
  while (batchSize % parts !== 0) parts--;
  return splitBatch(forProcessor(graph, 'training'), { batchSize, parts, minBytes });
}
