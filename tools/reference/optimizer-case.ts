/**
 * The small case on which optimisers are compared with PyTorch: new seeded weights, and sixteen pictures of
 * noise in which each class has one colour a little stronger. Every step has all of them as its batch.
 * `npx tsx tools/reference/optimizer-case.ts DIR` writes it into a folder, for optimizers.py.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initializeWeights, type Model } from '../../src/models/model.ts';
import { encodeModel } from '../../src/models/model-file.ts';
import { encodeNpy } from '../../src/tensor/npy.ts';
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

if (import.meta.filename === process.argv[1]) {
  const dir = process.argv[2];
  mkdirSync(dir, { recursive: true });
  const { model, image, label } = optimizerCase();
  writeFileSync(join(dir, 'half.onnx'), encodeModel(model));
  writeFileSync(join(dir, 'image.npy'), encodeNpy(image));
  writeFileSync(join(dir, 'label.npy'), encodeNpy(label));
}
