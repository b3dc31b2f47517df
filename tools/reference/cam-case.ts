/**
 * The small case on which the CAM methods are compared with pytorch-grad-cam: a half model with seeded
 * weights, two pictures.
 * `npx tsx tools/reference/cam-case.ts DIR` writes it into a folder, for cam_methods.py.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initializeWeights, type Model } from '../../src/models/model.ts';
import { encodeModel } from '../../src/models/model-file.ts';
import { encodeNpy } from '../../src/tensor/npy.ts';
import { random } from '../../src/tensor/random.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';

export const camClasses: readonly number[] = [2, 0];

export function camCase(): { model: Model; images: Tensor<'float32'> } {
  const config = { type: 'half' as const, classes: ['a', 'b', 'c'], imSize: 64, channels: 3 };
  const rng = random(17);
  const weights = initializeWeights(config, rng);
  // Different from their initial 0 and 1, so that every term has an effect.
  for (const [name, weight] of weights) {
    const [low, high] = /gamma|variance/.test(name) ? [0.6, 1.4] : [-0.3, 0.3];
    if (weight.shape.length !== 1) continue;
    for (let i = 0; i < weight.data.length; i++) weight.data[i] = rng.uniform(low, high);
  }
  const images = tensor('float32', [2, 64, 64, 3]);
  for (let i = 0; i < images.data.length; i++) images.data[i] = rng.next();
  return { model: { ...config, weights }, images };
}

if (import.meta.filename === process.argv[1]) {
  const dir = process.argv[2];
  mkdirSync(dir, { recursive: true });
  const { model, images } = camCase();
  writeFileSync(join(dir, 'half.onnx'), encodeModel(model));
  writeFileSync(join(dir, 'image.npy'), encodeNpy(images));
  writeFileSync(join(dir, 'classes.npy'), encodeNpy(tensor('int64', [camClasses.length], camClasses)));
}
