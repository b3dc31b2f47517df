import { sampleBilinear } from '../../tensor/sample-bilinear.ts';
import { type FloatMap, tensor } from '../../tensor/tensor.ts';
import type { LayerReading } from './layer-reader.ts';
import type { CamMethodEntry } from './method.ts';
import { positivePart, sumOfTerms } from './weighted-sum.ts';

export const layerCam: CamMethodEntry = {
  name: 'layer-cam',
  title: 'LayerCAM',
  paper:
    'Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, IEEE Transactions on Image Processing, 2021',
  looksAt: 'pyramid',
  layerChoice: 'several',
  smoothing: 'peak',
  make:
    ({ reader }) =>
    async (image, classIndex) =>
      fuseLayers((await reader.gradients(image, classIndex)).map(layerCamMap)),
};

/** w = ReLU(dY / dA_k) at each position (equation 5);  L = ReLU(sum over k of w A_k) (equations 6 and 7). */
export function layerCamMap({ activations, gradients }: LayerReading): FloatMap {
  return positivePart(sumOfTerms(activations, gradients, (a, g) => a * Math.max(0, g)));
}

/** The gamma of equation 9, with the paper's value. */
const gamma = 2;

/**
 * Fuses the maps of several layers, in the size of the finest: each is scaled to tanh(gamma L / max L)
 * (equation 9) and enlarged (bilinear, half-pixel centres); the result is their maximum at each position. The
 * paper scales only the shallow layers; here all are scaled, so that none dominates by its unit. A single map
 * is returned unchanged.
 */
export function fuseLayers(maps: readonly FloatMap[]): FloatMap {
  if (maps.length === 1) return maps[0];
  const height = Math.max(...maps.map(({ shape }) => shape[0]));
  const width = Math.max(...maps.map(({ shape }) => shape[1]));
  const fused = tensor('float32', [height, width]);
  for (const map of maps) {
    const { data } = sampleBilinear(scaledByTanh(map), height, width);
    for (let i = 0; i < data.length; i++) fused.data[i] = Math.max(fused.data[i], data[i]);
  }
  return fused;
}

function scaledByTanh({ shape, data }: FloatMap): FloatMap {
  const peak = data.reduce((most, value) => Math.max(most, value), 0) || 1;
  return tensor(
    'float32',
    shape,
    data.map((value) => Math.tanh((gamma * value) / peak)),
  );
}
