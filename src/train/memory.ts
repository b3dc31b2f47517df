/** How much memory a training needs on the CPU, from the graphs that it runs. */
import type { Graph } from '../graph/graph.ts';
import { bytesOf, memoryNeed } from '../graph/memory/memory-plan.ts';
import { forProcessor } from '../graph/rewrite/processor.ts';
import { inferenceGraph } from '../models/inference.ts';
import type { Model } from '../models/model.ts';
import { imagesAtATime } from '../runtime/in-parts.ts';
import { sizeOf } from '../tensor/tensor.ts';
import type { StepBatch, TrainingStep } from './build-step.ts';
import { compileStep } from './compile.ts';
import type { FeatureBatch } from './head-step.ts';

/** One thing that takes memory, in bytes. */
export interface MemoryPart {
  readonly what: string;
  readonly bytes: number;
}

export interface TrainingMemoryOptions {
  /** Height and width of the images. Default: the model's `imSize`. */
  readonly size?: number;
  /** Images that validation takes at a time; 0: there is none. Default 0. */
  readonly validationBatch?: number;
  /** Threads that read images ahead. Default 0: the main thread does. */
  readonly workers?: number;
}

const MB = 1e6;

/**
 * What kernels need besides the tensors, such as the columns of a convolution, as a share of those. Calibrated, as are all
 * constants here, with `bench/memory.ts`.
 */
const scratch = 1.05;
/** What a session takes for its kernels and threads, for each node, and for each byte stored in the graph, which is copied as
 * it is encoded, parsed, read and packed. */
const session = { alone: 25 * MB, node: 6500, stored: 8 };
/** How many generations of the state are alive: before, after, and those that the garbage collector has yet to find. */
const generations = 4;
/** Batches of pictures, as bytes: in the step, ready ahead, in the making, and not yet found by the garbage collector. */
const batches = 5;
/** Batches of images in float32, where a frozen network looks at them: now, and not yet found. */
const floatBatches = 2;
/** A worker thread with the libraries that decode images. */
const worker = 20 * MB;
/** Batches that the garbage collector has not yet found, where nothing but images is made. */
const unswept = 180 * MB;

/**
 * The parts of a training's memory, without the program itself and the pictures it keeps.
 * @param model what the step trains
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
    // The session itself fits into what the making of the other one left behind.
    const { resident } = memoryNeed(forProcessor(inferenceGraph(model), 'inference'), {
      N: Math.min(validationBatch, imagesAtATime(size, size)),
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
  /** Images whose features are kept. */
  readonly images: number;
  /** Features of each. */
  readonly features: number;
  /** Images that the body gets at a time. */
  readonly atOnce: number;
  /** Of the body: bytes of its values for one image and of what it stores, and its nodes. */
  readonly body: { readonly values: number; readonly stored: number; readonly nodes: number };
  /** As in `TrainingMemoryOptions`. */
  readonly workers?: number;
}

/** The parts of the memory of training a head on features that are computed once, without the program itself. */
export function headMemory(
  step: TrainingStep<FeatureBatch>,
  { shape, images, features, atOnce, body, workers = 0 }: HeadMemoryOptions,
): MemoryPart[] {
  const graph = compileStep(step);
  const [height, width] = shape;
  const together = Math.min(atOnce, imagesAtATime(height, width));
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
  /** Bytes of the feature maps that the step reads, for one image. */
  readonly features: number;
  /** Bytes of the soft label of one image, as it is kept. */
  readonly label: number;
}

/**
 * The parts of the memory of training an expansion on a frozen classifier, without the program itself and the
 * pictures that it keeps.
 */
export function transportMemory<B extends StepBatch>(
  step: Omit<TrainingStep<B>, 'inputs'>,
  { shape, images, body, workers = 0, features, label }: TransportMemoryOptions,
): MemoryPart[] {
  const { batchSize } = step;
  const graph = compileStep(step);
  const [height, width] = shape;
  const together = Math.min(batchSize, imagesAtATime(height, width));
  return [
    { what: 'feature maps and gradients of a step', bytes: scratch * memoryNeed(graph).resident },
    { what: 'weights and what the optimiser keeps', bytes: stateBytes(step) },
    { what: 'ONNX Runtime: the graph of a step', bytes: sessionBytes(graph) },
    ...bodyParts(body, together),
    // The step reads them where they were made.
    { what: 'feature maps that go to the step', bytes: 2 * batchSize * features },
    { what: 'soft labels', bytes: images * label },
    {
      what: 'images read ahead, and collages',
      // A batch of collages beside each of images.
      bytes: (batches + 2 * 4 * floatBatches) * batchSize * sizeOf(shape) + workers * worker,
    },
  ];
}

/** The session of a frozen body. @param together images that it computes at a time */
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
 * The largest batch whose need is at most `free`; 0: none. The need grows by nearly as much for each image, so the search goes
 * where a straight line through the last two tries says (regula falsi).
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

/** Of what a step hands on: weights and what the optimiser keeps. */
function stateBytes({ initialState }: Pick<TrainingStep, 'initialState'>): number {
  const one = [...initialState.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  return generations * one;
}

function sessionBytes(graph: Graph): number {
  const stored = graph.initializers.reduce((sum, value) => sum + bytesOf(value), 0);
  return session.alone + session.node * graph.liveNodes().length + session.stored * stored;
}
