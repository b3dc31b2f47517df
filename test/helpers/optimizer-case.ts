/**
 * The small case on which optimisers are compared with PyTorch: new seeded weights, and sixteen pictures of noise, of which each class
 * has one colour a little stronger. Every step sees all of them.
 */
import { initializeWeights, type Model } from '../../src/models/model.ts';
import { random } from '../../src/tensor/random.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';

export const optimizerBatch = 16;
const size = 32;

export function optimizerCase(): { model: Model; image: Tensor<'float32'>; label: Tensor<'int64'> } {
  const config = { type: 'half', classes: ['red', 'green', 'blue'], imSize: size, channels: 3 } as const;
  const weights = initializeWeights(config, random(1));
  const labels = Array.from({ length: optimizerBatch }, (_, i) => i % 3);
  const rng = random(2);
  const image = tensor('float32', [optimizerBatch, size, size, 3]);
  const perImage = size * size * 3;
  image.data.forEach((_, i) => {
    const tint = labels[Math.floor(i / perImage)] === i % 3 ? 0.1 : 0;
    image.data[i] = 0.9 * rng.next() + tint;
  });
  return { model: { ...config, weights }, image, label: tensor('int64', [optimizerBatch], labels) };
}
