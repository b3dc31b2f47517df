import { type Mask, mapSize, tensor } from '../../tensor/tensor.ts';
import { kernels } from '../maps/kernels.ts';

/**
 * Fills the holes of a `[H, W]` mask: connected areas of zeros (4 neighbours), also those at the border, of
 * fewer than `area` pixels. Source: scikit-image 0.19, `remove_small_holes(mask, area_threshold=area,
 * connectivity=1)`.
 * @param area in pixels, default 256
 */
export function fillHoles(mask: Mask, area = 256): Mask {
  const { height, width } = mapSize(mask, 'fillHoles');
  const work = kernels.workspace();
  const filled = work.put(mask.data);
  const runs = Array.from({ length: 4 }, () => work.room(4 * height * Math.ceil(width / 2)));
  work.run.fillHoles(filled, ...runs, height, width, area);
  return tensor('uint8', mask.shape, work.bytes(filled, height * width));
}
