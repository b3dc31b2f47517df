/** The training steps of the two models. */
import type { Batch } from '../data/batches/batches.ts';
import { oneHot } from '../graph/composites/one-hot.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { expansion, localization, toChannelsFirst } from '../models/densenet-fcn.ts';
import { checkImageSize, type Model } from '../models/model.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { buildStep, type StepOptions, type TrainingStep } from './build-step.ts';
import {
  type CrossEntropyOptions,
  countCorrect,
  crossEntropy,
  meanSquaredError,
  pixelCrossEntropy,
  softLabelLoss,
} from './losses.ts';

/** Options of `halfStep`. */
export interface HalfStepOptions extends StepOptions, CrossEntropyOptions {}

/**
 * The training step of a half model, for `train`: cross-entropy plus L2. All layers are trained. Its inputs
 * are `image`, uint8 `[N, H, W, C]` unless `imageType` says otherwise, and `label`, int64 `[N]`.
 * @param model a half model, with the weights to start from
 * @throws when the batch size, the image size, the label smoothing or the class weights are out of range
 * @example
 * ```ts
 * import { random } from 'high-res-mapping';
 * import { initializeWeights } from 'high-res-mapping/models';
 * import { adam, halfStep } from 'high-res-mapping/train';
 *
 * const config = { classes: ['ring', 'star'], imSize: 32, channels: 3 };
 * const weights = initializeWeights({ type: 'half', ...config }, random(0));
 * const options = { batchSize: 4, optimizer: adam(), labelSmoothing: 0.1 };
 * const step = halfStep({ type: 'half', ...config, weights }, options); // for train
 * console.log(step.graph.inputs.find(({ name }) => name === 'image')?.shape); //=> [ 4, 32, 32, 3 ]
 * console.log(step.graph.outputs.slice(0, 2).map(({ name }) => name)); //=> [ 'correct', 'loss' ]
 * ```
 */
export function halfStep(
  model: Model,
  { labelSmoothing, classWeights, ...options }: HalfStepOptions,
): TrainingStep {
  const step = buildStep(model, options, ({ graph, trained }) => {
    const image = pictureInput(graph, model, options);
    const label = graph.input('label', 'int64', [options.batchSize]);
    const { logits } = localization(trained, toChannelsFirst(image), model.classes.length);
    graph.output(o.identity(countCorrect(logits, label), 'correct'));
    return crossEntropy(logits, label, { labelSmoothing, classWeights });
  });
  return { ...step, inputs: pictureInputs };
}

/** Weight of the pixels' cross-entropy relative to the loss of the soft labels. */
const pixelWeight = 0.05;

/**
 * The training step of a full model, for `train`: the loss of its expansion, plus L2. That is the mean
 * squared error of the reconstruction or, for a tied expansion, the loss against soft labels of the true
 * class. The localisation network is frozen, its batch norms in inference mode, so that predictions do not
 * change. Its inputs are `image`, uint8 `[N, H, W, C]` unless `imageType` says otherwise, and for a tied
 * expansion `label`, int64 `[N]`, and `soft_label`, `[N, H/2, W/2, 1]`, of the image's type.
 * @param model a full model, with the weights to start from
 * @throws when the batch size or the image size is out of range
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { decodeModel } from 'high-res-mapping/models';
 * import { adadelta, fullStep } from 'high-res-mapping/train';
 *
 * const model = decodeModel(await readFile('models/scenes.onnx'), 'scenes.onnx', 'full');
 * const step = fullStep(model, { batchSize: 4, optimizer: adadelta() }); // for train
 * console.log(step.graph.inputs.find(({ name }) => name === 'soft_label')?.shape); //=> [ 4, 32, 32, 1 ]
 * console.log(step.initialState.has('aux_output/kernel')); // the classifier is frozen
 * //=> false
 * ```
 */
export function fullStep(model: Model, options: StepOptions): TrainingStep {
  const step = buildStep(model, options, ({ graph, trained, frozen }) => {
    const image = toChannelsFirst(pictureInput(graph, model, options));
    const network = localization(frozen, image, model.classes.length);
    const { high, detail, reconstruction } = expansion(trained, network, model.channels, model.expansion);
    if (reconstruction) return meanSquaredError(reconstruction, image);

    const { batchSize, size = model.imSize } = options;
    const label = graph.input('label', 'int64', [batchSize]);
    const given = byteInput(graph, 'soft_label', [batchSize, size / 2, size / 2, 1], options);
    const soft = o.reshape(given, [batchSize, 1, size / 2, size / 2]);
    // The tie to the image adds a constant, which neither localises nor separates classes; the tie to cells
    // changes the map.
    const features = model.expansion === 'tied-image' ? detail : high;
    const own = o.matMul(oneHot(label, model.classes.length), o.transpose(network.weights, [1, 0]));
    const maps = o.reduceSum(o.mul(o.reshape(own, [batchSize, -1, 1, 1]), features), [1]);
    const placed = softLabelLoss(maps, o.reshape(o.upsampleNearest(soft, 2), [batchSize, size, size]));
    const classed = pixelCrossEntropy(
      o.averagePool(features, 2),
      network.weights,
      label,
      o.reshape(given, [batchSize, size / 2, size / 2]),
    );
    return o.add(placed, o.mul(classed, graph.scalar(pixelWeight)));
  });
  return { ...step, inputs: pictureInputs };
}

/** The input `image`, `[N, H, W, C]`. @returns float32 in [0, 1] */
function pictureInput(graph: Graph, model: Model, options: StepOptions): Value {
  const { batchSize, size = model.imSize } = options;
  checkImageSize(size);
  return byteInput(graph, 'image', [batchSize, size, size, model.channels], options);
}

/**
 * An input that is fed as bytes by default.
 * @returns float32 in [0, 1]: x / 255
 */
function byteInput(
  graph: Graph,
  name: string,
  shape: readonly number[],
  { imageType = 'uint8' }: StepOptions,
): Value {
  const given = graph.input(name, imageType, shape);
  return imageType === 'float32' ? given : o.div(o.cast(given, 'float32'), graph.scalar(255));
}

/**
 * The inputs of a step that learns from pictures: `image` uint8 `[N, H, W, C]`; `label` int64 `[N]`; and,
 * where the batch has soft labels, `soft_label` uint8 `[N, ceil(H/2), ceil(W/2), 1]`. A step without labels
 * ignores `label`.
 */
export function pictureInputs({ pictures, labels, softLabels }: Batch): Record<string, Tensor> {
  return { image: pictures, label: labelInput(labels), ...(softLabels && { soft_label: softLabels }) };
}

/** The labels of a batch as an input, int64 `[N]`. */
export function labelInput(labels: Int32Array): Tensor<'int64'> {
  return tensor('int64', [labels.length], Array.from(labels));
}
