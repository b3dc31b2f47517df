import type { Mask } from './tensor.ts';

/** The bounding box `[x0, y0, x1, y1)` of all pixels of a mask that are 1; undefined if there are none. */
export function maskBox({
  shape: [height, width],
  data,
}: Mask): [number, number, number, number] | undefined {
  let box: [number, number, number, number] | undefined;
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    const first = row.indexOf(1);
    if (first < 0) continue;
    const end = row.lastIndexOf(1) + 1;
    box = box ? [Math.min(box[0], first), box[1], Math.max(box[2], end), y + 1] : [first, y, end, y + 1];
  }
  return box;
}
