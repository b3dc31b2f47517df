/** Connected regions of a picture in grey levels, above or below each level, all levels in one sweep (union-find). */

/** A region's bounding box; its four corners belong to it. */
export type RegionBox = readonly [x0: number, y0: number, x1: number, y1: number];

/** Told of each level with pixels. @param regions the boxes there now, as x0, y0, x1, y1 in a row; @param count how many */
export type VisitLevel = (level: number, regions: Int32Array, count: number) => void;

/**
 * Visits the levels from the highest to the lowest; at each, the 8-connected regions of the pixels at or above it.
 * @param levels uint8 `[height, width]`
 */
export function visitRegionsAbove(
  levels: Uint8Array,
  width: number,
  height: number,
  visit: VisitLevel,
): void {
  sweep(levels, width, height, { step: -1, diagonal: true, holes: false }, visit);
}

/**
 * Visits the levels from the lowest to the highest; at each, the 4-connected regions of the pixels at or below it that do not
 * reach the border: the holes of what lies above.
 * @param levels uint8 `[height, width]`
 */
export function visitHolesBelow(levels: Uint8Array, width: number, height: number, visit: VisitLevel): void {
  sweep(levels, width, height, { step: 1, diagonal: false, holes: true }, visit);
}

/** The boxes of the 8-connected regions of a mask's ones. */
export function regionBoxes(mask: Uint8Array, width: number, height: number): RegionBox[] {
  const boxes: RegionBox[] = [];
  visitRegionsAbove(mask, width, height, (level, regions, count) => {
    if (level !== 1) return;
    for (let i = 0; i < count; i++) {
      boxes.push([regions[4 * i], regions[4 * i + 1], regions[4 * i + 2], regions[4 * i + 3]]);
    }
  });
  return boxes;
}

interface Order {
  /** From level to level. */
  readonly step: 1 | -1;
  /** Whether pixels that touch at a corner are connected. */
  readonly diagonal: boolean;
  /** Leaves out regions that reach the border. */
  readonly holes: boolean;
}

function sweep(levels: Uint8Array, width: number, height: number, order: Order, visit: VisitLevel): void {
  const size = width * height;
  const { places, starts } = byLevel(levels);
  // Of each pixel that has come: a pixel of its region on the way to the region's root; -1 before.
  const parent = new Int32Array(size).fill(-1);
  const box = new Int32Array(4 * size);
  const rootOf = (pixel: number): number => {
    while (parent[pixel] !== pixel) {
      parent[pixel] = parent[parent[pixel]];
      pixel = parent[pixel];
    }
    return pixel;
  };
  const join = (pixel: number, neighbour: number): void => {
    if (parent[neighbour] < 0) return;
    const from = rootOf(pixel);
    const to = rootOf(neighbour);
    if (from === to) return;
    parent[from] = to;
    for (let k = 0; k < 2; k++) {
      box[4 * to + k] = Math.min(box[4 * to + k], box[4 * from + k]);
      box[4 * to + k + 2] = Math.max(box[4 * to + k + 2], box[4 * from + k + 2]);
    }
  };
  const roots = new Int32Array(size);
  const found = new Int32Array(4 * size);
  let live = 0;
  for (let level = order.step > 0 ? 0 : 255; level >= 0 && level <= 255; level += order.step) {
    if (starts[level] === starts[level + 1]) continue;
    for (let i = starts[level]; i < starts[level + 1]; i++) {
      const pixel = places[i];
      const x = pixel % width;
      const y = (pixel - x) / width;
      parent[pixel] = pixel;
      box[4 * pixel] = box[4 * pixel + 2] = x;
      box[4 * pixel + 1] = box[4 * pixel + 3] = y;
      const [left, right, top, bottom] = [x > 0, x < width - 1, y > 0, y < height - 1];
      if (left) join(pixel, pixel - 1);
      if (right) join(pixel, pixel + 1);
      if (top) join(pixel, pixel - width);
      if (bottom) join(pixel, pixel + width);
      if (order.diagonal) {
        if (top && left) join(pixel, pixel - width - 1);
        if (top && right) join(pixel, pixel - width + 1);
        if (bottom && left) join(pixel, pixel + width - 1);
        if (bottom && right) join(pixel, pixel + width + 1);
      }
    }
    // What was a root may have been joined to another since; of the new pixels, few are roots.
    let kept = 0;
    for (let i = 0; i < live; i++) if (parent[roots[i]] === roots[i]) roots[kept++] = roots[i];
    for (let i = starts[level]; i < starts[level + 1]; i++) {
      if (parent[places[i]] === places[i]) roots[kept++] = places[i];
    }
    live = kept;
    let count = 0;
    for (let i = 0; i < live; i++) {
      const at = 4 * roots[i];
      const [x0, y0, x1, y1] = [box[at], box[at + 1], box[at + 2], box[at + 3]];
      if (order.holes && (x0 === 0 || y0 === 0 || x1 === width - 1 || y1 === height - 1)) continue;
      found[4 * count] = x0;
      found[4 * count + 1] = y0;
      found[4 * count + 2] = x1;
      found[4 * count + 3] = y1;
      count++;
    }
    visit(level, found, count);
  }
}

/** All pixels by level, lowest first; those of level l from `starts[l]` up to `starts[l + 1]`. */
function byLevel(levels: Uint8Array): { places: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(257);
  for (const level of levels) starts[level + 1]++;
  for (let level = 0; level < 256; level++) starts[level + 1] += starts[level];
  const next = starts.slice();
  const places = new Int32Array(levels.length);
  for (let i = 0; i < levels.length; i++) places[next[levels[i]]++] = i;
  return { places, starts };
}
