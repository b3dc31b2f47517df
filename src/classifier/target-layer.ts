/**
 * Finds the target layer of gradient-based methods: the last layer with positions whose gradient of the
 * logits is not zero.
 */
import { FileError } from '../errors/file-error.ts';
import { joinModel } from '../graph/onnx/foreign-model.ts';
import { gradientName } from '../models/network.ts';
import { tensor } from '../tensor/tensor.ts';
import { gradientOutputs } from './after-graph.ts';
import type { ClassifierLayer } from './facts.ts';
import { readTail, type TailOptions } from './tail.ts';

/** Number of layers checked in one run. */
const atATime = 6;

/**
 * The first of the layers, ordered from the classifier back, at which the gradient of the class's logit is
 * not zero everywhere. After a transformer's last attention only the class token has an effect: the gradient
 * at all positions is zero.
 * @throws `FileError` if there is none, or an operator without a gradient comes first
 */
export async function targetLayerOf(
  candidates: readonly ClassifierLayer[],
  classIndex: number,
  options: Omit<TailOptions, 'layers'>,
): Promise<ClassifierLayer> {
  const { name } = options.model;
  if (candidates.length === 0) {
    throw new FileError(
      name,
      'no value between its image and its logits has positions, so there is nothing to map; a network with convolutions or patches is needed',
    );
  }
  let count = atATime;
  for (let from = 0; from < candidates.length; ) {
    const some = candidates.slice(from, from + count);
    try {
      const found = await firstWithGradient(some, classIndex, options);
      if (found) return found;
      from += some.length;
    } catch (error) {
      // If an earlier layer has an unknown operator, the later ones may still work.
      if (some.length === 1) throw FileError.from(name, error);
      count = Math.floor(some.length / 2);
    }
  }
  throw new FileError(
    name,
    'the gradient of its logits is zero everywhere, at every layer with positions: the picture has no effect; are these its trained weights?',
  );
}

async function firstWithGradient(
  layers: readonly ClassifierLayer[],
  classIndex: number,
  options: Omit<TailOptions, 'layers'>,
): Promise<ClassifierLayer | undefined> {
  const tail = await readTail({ ...options, layers: layers.map(({ name }) => name) });
  const after = gradientOutputs(layers, tail);
  const outputs = layers.map(({ name }) => gradientName(name));
  const session = await options.createSession(
    joinModel({ foreign: tail.model, after, shared: tail.shared, outputs, metadata: {} }),
    { purpose: 'once' },
  );
  try {
    const feeds = { image: options.image, class_index: tensor('int64', [1], [classIndex]) };
    const found = await session.run(feeds, outputs);
    return layers.find(({ name }) => found[gradientName(name)].data.some((value) => Number(value) !== 0));
  } finally {
    await session.release();
  }
}
