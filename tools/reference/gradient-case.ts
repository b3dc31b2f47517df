/**
 * The small case on which the whole gradient is compared with PyTorch: seeded weights and pictures, one of
 * them half flat.
 * `npx tsx tools/reference/gradient-case.ts DIR` writes it into a folder, for gradient.py.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initializeWeights, type Model, type ModelConfig } from '../../src/models/model.ts';
import { encodeModel } from '../../src/models/model-file.ts';
import { encodeNpy } from '../../src/tensor/npy.ts';
import { random } from '../../src/tensor/random.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';

const gradientSize = 32;
export const gradientBatch = 4;

/** The half model; the full model with each of its expansions, 'full' with the reference's. */
export const gradientKinds = ['half', 'full', 'tied-cells', 'tied-image'] as const;

export type GradientKind = (typeof gradientKinds)[number];

/**
 * @param seed of the pictures. With 0 a tied expansion has an activation so near to zero that in float32,
 * also PyTorch's, it is on the other side of ReLU's kink than in float64.
 */
export function gradientCase(
  kind: GradientKind,
  seed: number = kind === 'tied-cells' || kind === 'tied-image' ? 1 : 0,
): {
  model: Model;
  image: Tensor<'float32'>;
  label: Tensor<'int64'>;
  /** `[N, H/2, W/2, 1]` */
  softLabel: Tensor<'float32'>;
} {
  const config: ModelConfig = {
    type: kind === 'half' ? 'half' : 'full',
    expansion: kind === 'tied-cells' || kind === 'tied-image' ? kind : undefined,
    classes: ['a', 'b', 'c'],
    imSize: gradientSize,
    channels: 3,
  };
  const rng = random(11);
  const weights = initializeWeights(config, rng);
  // Different from their initial 0 and 1, so that every term of every rule has an effect.
  for (const [name, weight] of weights) {
    const [low, high] = /gamma|variance/.test(name) ? [0.6, 1.4] : [-0.3, 0.3];
    if (weight.shape.length === 1)
      weight.data.forEach((_, i) => {
        weight.data[i] = rng.uniform(low, high);
      });
  }
  const pixels = random(seed); // the same pictures for both models
  const image = tensor('float32', [gradientBatch, gradientSize, gradientSize, 3]);
  const perImage = image.data.length / gradientBatch;
  image.data.forEach((_, i) => {
    // The first picture's upper half is uniform: tied maxima everywhere.
    image.data[i] = i < perImage / 2 ? 0.25 * (1 + (i % 3)) : pixels.next();
  });
  const softLabel = tensor('float32', [gradientBatch, gradientSize / 2, gradientSize / 2, 1]);
  softLabel.data.forEach((_, i) => {
    softLabel.data[i] = pixels.next();
  });
  const label = tensor('int64', [gradientBatch], [0, 2, 1, 2]);
  return { model: { ...config, weights }, image, label, softLabel };
}

if (import.meta.filename === process.argv[1]) {
  const dir = process.argv[2];
  mkdirSync(dir, { recursive: true });
  for (const kind of gradientKinds) {
    const { model, image, label, softLabel } = gradientCase(kind);
    writeFileSync(join(dir, `${kind}.onnx`), encodeModel(model));
    writeFileSync(join(dir, `${kind}.image.npy`), encodeNpy(image));
    writeFileSync(join(dir, 'label.npy'), encodeNpy(label));
    writeFileSync(join(dir, `${kind}.soft_label.npy`), encodeNpy(softLabel));
  }
}
