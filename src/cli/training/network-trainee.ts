/** Trains this project's own network, the DenseNet-FCN. */
import type { Batch } from '../../data/batches/batches.ts';
import { type Classified, classify } from '../../explain/classify.ts';
import type { Model, Weights } from '../../models/model.ts';
import { encodeModel } from '../../models/model-file.ts';
import { summarize } from '../../models/summary.ts';
import type { TrainingStep } from '../../train/build-step.ts';
import { fullStep, halfStep } from '../../train/step.ts';
import type { Emit } from './events.ts';
import type { RunImages } from './images.ts';
import { optimizerOf, type RunOptions } from './run-options.ts';
import { sharedLabels } from './shared-labels.ts';
import { softLabels } from './soft-labels.ts';
import type { Trainee } from './trainee.ts';
import { until } from './until.ts';
import { validateTogether } from './validate-together.ts';
import { withModel } from './with-model.ts';

/**
 * @param model the initial model
 * @param classWeights weights in the loss of a half model, by class
 */
export function networkTrainee(
  options: RunOptions,
  model: Model,
  images: RunImages,
  classWeights?: readonly number[],
): Trainee<Batch> {
  const { type, device } = options;
  const frozen = type === 'full' ? summarize({ ...model, type: 'half' }).trainable : 0;
  const encode = async (weights: Weights, training?: Record<string, unknown>): Promise<Uint8Array> =>
    encodeModel({ ...model, weights, training });
  const validate: Trainee['validate'] = async (weights, onImages, signal) =>
    withModel(await encode(weights), device, (loaded) =>
      images.crew
        ? validateTogether(images.crew, loaded, { images, onImages, signal })
        : classify(loaded, until(signal, images.validation()), onImages).then(meanFigures),
    );
  return {
    parameters: summarize(model).trainable - frozen,
    freshStatistics: type === 'full' || options.halfWeightDir === undefined,
    goal: 'accuracy',
    quick: false,
    prepare: (emit, signal) => teach(options, model, images, emit, signal),
    step: () => stepOf(options, model, images, classWeights),
    batches: (epoch, position, place) => images.training(epoch, position, place),
    validate: images.validated > 0 ? validate : undefined,
    encode,
    release: async () => {},
  };
}

/**
 * Makes the soft labels for a tied expansion.
 * @returns false when stopped
 */
async function teach(
  // The default is for early checkpoints, which have no expansion.
  { type, expansion = 'reconstruction', imSize, device }: RunOptions,
  model: Model,
  images: RunImages,
  emit: Emit,
  signal: AbortSignal,
): Promise<boolean> {
  if (type === 'half' || expansion === 'reconstruction') return true;
  const told = (done: number): void => emit({ event: 'teaching', done, images: images.trained });
  told(0);
  const labels = await softLabels({ model, images, size: imSize / 2, device }, told, signal);
  const all = images.crew ? await sharedLabels(images.crew, images.readable, imSize / 2, labels) : labels;
  if (all) images.teach(all);
  return all !== undefined;
}

function stepOf(
  options: RunOptions,
  model: Model,
  { ownBatchSize: batchSize, crew }: RunImages,
  classWeights?: readonly number[],
): TrainingStep {
  const { type, labelSmoothing, device } = options;
  const common = { batchSize, optimizer: optimizerOf(options), device, twoGraphs: crew !== undefined };
  return type === 'half'
    ? halfStep(model, { ...common, labelSmoothing, classWeights })
    : fullStep(model, common);
}

/** Mean loss and accuracy. */
function meanFigures({ labels, predictions, loss }: Classified): { loss: number; accuracy: number } {
  return { loss, accuracy: labels.filter((label, i) => label === predictions[i]).length / labels.length };
}
