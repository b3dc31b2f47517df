import { type FloatMap, type Mask, mapSize, tensor } from '../../tensor/tensor.ts';

/**
 * The local maxima of a `[H, W]` map: pixels, or plateaus of equal neighbours, all of whose 8 neighbours are
 * lower. A maximum may lie on the border. A flat map has none.
 * Source: `skimage.morphology.local_maxima`.
 */
export function localMaxima(map: FloatMap): Mask {
  const { height, width } = mapSize(map, 'localMaxima');
  const { data } = map;
  const mask = tensor('uint8', map.shape);
  const seen = new Uint8Array(data.length);
  const plateau = new Int32Array(data.length);
  for (let start = 0; start < data.length; start++) {
    if (seen[start] === 1) continue;
    // Visit the whole plateau even when it is no maximum, so that no pixel is visited twice.
    const value = data[start];
    let size = 1;
    let isMaximum = true;
    plateau[0] = start;
    seen[start] = 1;
    for (let head = 0; head < size; head++) {
      const x = plateau[head] % width;
      const y = (plateau[head] - x) / width;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const i = v * width + u;
          if (data[i] > value) isMaximum = false;
          else if (data[i] === value && seen[i] === 0) {
            seen[i] = 1;
            plateau[size++] = i;
          }
        }
      }
    }
    if (!isMaximum || size === data.length) continue;
    for (let k = 0; k < size; k++) mask.data[plateau[k]] = 1;
  }
  return mask;
}
