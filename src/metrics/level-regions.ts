/**
 * Connected regions of a grey picture, above or below each level, for all levels in one sweep (union-find).
 */

/** A region's bounding box, including its four corners. */
export type RegionBox = readonly [x0: number, y0: number, x1: number, y1: number];

/**
 * Called for each level that has pixels.
 * @param regions the current boxes, as x0, y0, x1, y1 one after the other
 * @param count number of boxes
 */
export type VisitLevel = (level: number, regions: Int32Array, count: number) => void;

/**
 * Visits the levels from the highest to the lowest; at each, the 8-connected regions of the pixels at or
 * above it.
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
 * Visits the levels from the lowest to the highest; at each, the 4-connected regions of the pixels at or
 * below it that do not reach the border: the holes of the regions above it.
 * @param levels uint8 `[height, width]`
 */
export function visitHolesBelow(levels: Uint8Array, width: number, height: number, visit: VisitLevel): void {
  sweep(levels, width, height, { step: 1, diagonal: false, holes: true }, visit);
}

/** The boxes of a mask's 8-connected regions. */
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
  /** Direction from level to level. */
  readonly step: 1 | -1;
  /** Whether pixels that touch at a corner are connected. */
  readonly diagonal: boolean;
  /** Leaves out regions that reach the border. */
  readonly holes: boolean;
}

/**
 * The picture is framed by pixels that never become part of a region, so that neighbours need no bounds
 * check.
 */
function sweep(levels: Uint8Array, width: number, height: number, order: Order, visit: VisitLevel): void {
  const size = width * height;
  const { places, starts } = byLevel(levels);
  const row = width + 2;
  const framed = row * (height + 2);
  // For each pixel visited so far, a pixel of its region closer to the region's root; -1 for the others.
  const parent = new Int32Array(framed).fill(-1);
  const x0 = new Int32Array(framed);
  const y0 = new Int32Array(framed);
  const x1 = new Int32Array(framed);
  const y1 = new Int32Array(framed);
  const around = [-1, 1, -row, row];
  if (order.diagonal) around.push(-row - 1, -row + 1, row - 1, row + 1);
  const neighbours = Int32Array.from(around);
  const roots = new Int32Array(size);
  let found = new Int32Array(64);
  let live = 0;
  for (let level = order.step > 0 ? 0 : 255; level >= 0 && level <= 255; level += order.step) {
    if (starts[level] === starts[level + 1]) continue;
    for (let i = starts[level]; i < starts[level + 1]; i++) {
      const x = places[i] % width;
      const y = (places[i] - x) / width;
      let root = row * (y + 1) + x + 1;
      places[i] = root;
      parent[root] = root;
      x0[root] = x1[root] = x;
      y0[root] = y1[root] = y;
      const pixel = root;
      for (let k = 0; k < neighbours.length; k++) {
        let other = pixel + neighbours[k];
        if (parent[other] < 0) continue;
        while (parent[other] !== other) {
          parent[other] = parent[parent[other]];
          other = parent[other];
        }
        if (other === root) continue;
        parent[root] = other;
        if (x0[root] < x0[other]) x0[other] = x0[root];
        if (y0[root] < y0[other]) y0[other] = y0[root];
        if (x1[root] > x1[other]) x1[other] = x1[root];
        if (y1[root] > y1[other]) y1[other] = y1[root];
        root = other;
      }
    }
    // A former root may have been merged into another region; few of the new pixels are roots.
    let kept = 0;
    for (let i = 0; i < live; i++) if (parent[roots[i]] === roots[i]) roots[kept++] = roots[i];
    for (let i = starts[level]; i < starts[level + 1]; i++) {
      if (parent[places[i]] === places[i]) roots[kept++] = places[i];
    }
    live = kept;
    if (found.length < 4 * live) found = new Int32Array(8 * live);
    let count = 0;
    for (let i = 0; i < live; i++) {
      const root = roots[i];
      const inner = x0[root] > 0 && y0[root] > 0 && x1[root] < width - 1 && y1[root] < height - 1;
      if (order.holes && !inner) continue;
      found[4 * count] = x0[root];
      found[4 * count + 1] = y0[root];
      found[4 * count + 2] = x1[root];
      found[4 * count + 3] = y1[root];
      count++;
    }
    visit(level, found, count);
  }
}

/** All pixels ordered by level, lowest first; those of level l from `starts[l]` to before `starts[l + 1]`. */
function byLevel(levels: Uint8Array): { places: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(257);
  for (const level of levels) starts[level + 1]++;
  for (let level = 0; level < 256; level++) starts[level + 1] += starts[level];
  const next = starts.slice();
  const places = new Int32Array(levels.length);
  for (let i = 0; i < levels.length; i++) places[next[levels[i]]++] = i;
  return { places, starts };
}
