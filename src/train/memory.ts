/** Predicts the peak memory of a training on the CPU from the graphs that it runs. */
import type { Graph } from '../graph/graph.ts';
import { bytesOf, memoryNeed } from '../graph/memory/memory-plan.ts';
import { forCpu } from '../graph/rewrite/cpu.ts';
import { inferenceGraph } from '../models/inference.ts';
import type { Model } from '../models/model.ts';
import { imagesPerRun } from '../runtime/micro-batches.ts';
import { sizeOf } from '../tensor/tensor.ts';
import type { StepBatch, TrainingStep } from './build-step.ts';
import { compileStep } from './compile.ts';
import type { FeatureBatch } from './head-step.ts';

/** One part of the predicted peak memory, in bytes. */
export interface MemoryPart {
  readonly what: string;
  readonly bytes: number;
}

export interface TrainingMemoryOptions {
  /** Height and width of the images. Default: the model's `imSize`. */
  readonly size?: number;
  /** Images that validation runs at a time; 0: there is no validation. Default 0. */
  readonly validationBatch?: number;
  /** Threads that decode images in advance. Default 0: the main thread decodes them. */
  readonly workers?: number;
}

const MB = 1e6;

/**
 * The tensors' memory with the scratch memory of kernels, such as the columns of a convolution, relative to
 * the tensors alone. As all constants here, it is calibrated with `bench/memory.ts`.
 */
const scratch = 1.05;
/**
 * Bytes of a session: for its kernels and threads, for each node, and per byte stored in the graph, which is
 * copied as it is encoded, parsed, read and packed.
 */
const session = { alone: 25 * MB, node: 6500, stored: 8 };
/** Copies of the state that are alive: before the step, after it, and those not yet garbage-collected. */
const liveStates = 4;
/** Batches of pictures, as bytes: in the step, ready, being decoded, and not yet garbage-collected. */
const batches = 5;
/** Batches of images in float32, for a frozen network: the current one, and one not yet garbage-collected. */
const floatBatches = 2;
/** Bytes of a worker thread with the libraries that decode images. */
const worker = 20 * MB;
/** Bytes of batches not yet garbage-collected, where nothing but images is allocated. */
const unswept = 180 * MB;

/**
 * The parts of a training's predicted peak memory, without the program itself and the pictures that it keeps.
 * @param model that the step trains
 */
export function trainingMemory(
  model: Model,
  step: TrainingStep,
  options: TrainingMemoryOptions = {},
): MemoryPart[] {
  const { batchSize } = step;
  const graph = compileStep(step);
  const { size = model.imSize, validationBatch = 0, workers = 0 } = options;
  const pictures = batchSize * size * size * model.channels;
  const parts = [
    { what: 'feature maps and gradients of a step', bytes: scratch * memoryNeed(graph).resident },
    { what: 'weights and what the optimiser keeps', bytes: stateBytes(step) },
    { what: 'ONNX Runtime: the graph of a step', bytes: sessionBytes(graph) },
    { what: 'images read ahead', bytes: batches * pictures + workers * worker },
  ];
  if (validationBatch > 0) {
    // The session itself fits into the memory that opening the other one freed.
    const { resident } = memoryNeed(forCpu(inferenceGraph(model), 'inference'), {
      N: Math.min(validationBatch, imagesPerRun(size, size)),
      H: size,
      W: size,
    });
    parts.push({ what: `validation, batches of ${validationBatch}`, bytes: scratch * resident });
  }
  return parts;
}

export interface HeadMemoryOptions {
  /** Height and width of the images, and their channels. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Number of images whose features are kept. */
  readonly images: number;
  /** Features of one image. */
  readonly features: number;
  /** Images that the body computes at a time. */
  readonly atOnce: number;
  /** The frozen body: bytes of its values for one image, bytes of its weights, number of its nodes. */
  readonly body: { readonly values: number; readonly stored: number; readonly nodes: number };
  /** As in `TrainingMemoryOptions`. */
  readonly workers?: number;
}

/**
 * The parts of the predicted peak memory of training a head on features that are computed once, without the
 * program itself.
 */
export function headMemory(
  step: TrainingStep<FeatureBatch>,
  { shape, images, features, atOnce, body, workers = 0 }: HeadMemoryOptions,
): MemoryPart[] {
  const graph = compileStep(step);
  const [height, width] = shape;
  const together = Math.min(atOnce, imagesPerRun(height, width));
  return [
    ...bodyParts(body, together),
    { what: 'features that are kept', bytes: 4 * images * features },
    {
      what: 'images read ahead',
      bytes:
        (batches + 4 * floatBatches) * atOnce * sizeOf(shape) +
        (workers > 0 ? workers * worker + unswept : 0),
    },
    {
      what: 'a step of the head, its weights, and what the optimiser keeps',
      bytes: scratch * memoryNeed(graph).resident + stateBytes(step) + sessionBytes(graph),
    },
  ];
}

export interface TransportMemoryOptions
  extends Pick<HeadMemoryOptions, 'shape' | 'images' | 'body' | 'workers'> {
  /** Bytes of one image's feature maps that the step reads. */
  readonly features: number;
  /** Bytes of one image's soft label, as stored. */
  readonly label: number;
}

/**
 * The parts of the predicted peak memory of training an expansion on a frozen classifier, without the program
 * itself and the pictures that it keeps.
 */
export function transportMemory<B extends StepBatch>(
  step: Omit<TrainingStep<B>, 'inputs'>,
  { shape, images, body, workers = 0, features, label }: TransportMemoryOptions,
): MemoryPart[] {
  const { batchSize } = step;
  const graph = compileStep(step);
  const [height, width] = shape;
  const together = Math.min(batchSize, imagesPerRun(height, width));
  return [
    { what: 'feature maps and gradients of a step', bytes: scratch * memoryNeed(graph).resident },
    { what: 'weights and what the optimiser keeps', bytes: stateBytes(step) },
    { what: 'ONNX Runtime: the graph of a step', bytes: sessionBytes(graph) },
    ...bodyParts(body, together),
    // The step reads them where they were computed.
    { what: 'feature maps that go to the step', bytes: 2 * batchSize * features },
    { what: 'soft labels', bytes: images * label },
    {
      what: 'images read ahead, and collages',
      // For each batch of images, a batch of collages.
      bytes: (batches + 2 * 4 * floatBatches) * batchSize * sizeOf(shape) + workers * worker,
    },
  ];
}

/**
 * The session of a frozen body.
 * @param together images that it computes at a time
 */
function bodyParts(body: HeadMemoryOptions['body'], together: number): MemoryPart[] {
  return [
    { what: 'feature maps of the classifier', bytes: scratch * together * body.values },
    {
      what: 'ONNX Runtime: the graph of the classifier',
      bytes: session.alone + session.node * body.nodes + session.stored * body.stored,
    },
  ];
}

/**
 * The largest batch whose predicted peak is at most `free`; 0: none. The peak is nearly linear in the batch
 * size, so the search follows a straight line through the last two tries (regula falsi).
 */
export function largestBatch(need: (batchSize: number) => { readonly total: number }, free: number): number {
  const at = (batchSize: number): { batchSize: number; total: number } => ({
    batchSize,
    total: need(batchSize).total,
  });
  let fits = { batchSize: 0, total: 0 };
  let tooLarge = at(1);
  while (tooLarge.total <= free) {
    fits = tooLarge;
    tooLarge = at(Math.max(2 * fits.batchSize, Math.ceil((1.2 * fits.batchSize * free) / fits.total)));
  }
  while (tooLarge.batchSize - fits.batchSize > 1) {
    const share = (free - fits.total) / (tooLarge.total - fits.total);
    const guess = fits.batchSize + Math.floor(share * (tooLarge.batchSize - fits.batchSize));
    const next = at(Math.min(tooLarge.batchSize - 1, Math.max(fits.batchSize + 1, guess)));
    if (next.total <= free) fits = next;
    else tooLarge = next;
  }
  return fits.batchSize;
}

/** Bytes of the state that one step gives to the next: weights and the optimiser's slots. */
function stateBytes({ initialState }: Pick<TrainingStep, 'initialState'>): number {
  const one = [...initialState.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  return liveStates * one;
}

function sessionBytes(graph: Graph): number {
  const stored = graph.initializers.reduce((sum, value) => sum + bytesOf(value), 0);
  return session.alone + session.node * graph.liveNodes().length + session.stored * stored;
}
