import { type Mask, mapSize, tensor } from '../tensor/tensor.ts';

/**
 * Fills the holes of a `[H, W]` mask: connected areas of zeros (4 neighbours), those at the border included, of fewer
 * than `area` pixels. Source: scikit-image 0.19, `remove_small_holes(mask, area_threshold=area, connectivity=1)`.
 * @param area in pixels, default 256.
 */
export function fillHoles(mask: Mask, area = 256): Mask {
  const { height, width } = mapSize(mask, 'fillHoles');
  // A border of ones spares the checks at the edge.
  const stride = width + 2;
  const closed = new Uint8Array(stride * (height + 2)).fill(1);
  for (let y = 0; y < height; y++) {
    closed.set(mask.data.subarray(y * width, (y + 1) * width), (y + 1) * stride + 1);
  }
  const out = tensor('uint8', mask.shape, mask.data.slice());
  const hole = new Int32Array(mask.data.length);
  for (let start = stride; start < closed.length - stride; start++) {
    if (closed[start] === 1) continue;
    let size = 0;
    hole[size++] = start;
    closed[start] = 1;
    for (let head = 0; head < size; head++) {
      const at = hole[head];
      for (let k = 0; k < 4; k++) {
        const next = at + (k === 0 ? -1 : k === 1 ? 1 : k === 2 ? -stride : stride);
        if (closed[next] === 1) continue;
        closed[next] = 1;
        hole[size++] = next;
      }
    }
    if (size >= area) continue;
    for (let k = 0; k < size; k++) {
      const x = hole[k] % stride;
      out.data[((hole[k] - x) / stride - 1) * width + x - 1] = 1;
    }
  }
  return out;
}
