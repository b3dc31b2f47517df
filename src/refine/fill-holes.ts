import { type Mask, mapSize, tensor } from '../tensor/tensor.ts';

/**
 * Fills the holes of a `[H, W]` mask: connected areas of zeros (4 neighbours), those at the border included, of fewer
 * than `area` pixels. Source: scikit-image 0.19, `remove_small_holes(mask, area_threshold=area, connectivity=1)`.
 * @param area in pixels, default 256.
 */
export function fillHoles(mask: Mask, area = 256): Mask {
  const { height, width } = mapSize(mask, 'fillHoles');
  const { data } = mask;
  // Runs of zeros, row by row, each from a place up to another; those that touch the row above join its hole.
  const from: number[] = [];
  const to: number[] = [];
  const holes = new DisjointSets();
  for (let y = 0, above = 0; y < height; y++) {
    const firstOfRow = from.length;
    const end = (y + 1) * width;
    for (let i = y * width; i < end; i++) {
      if (data[i] === 1) continue;
      const start = i;
      while (i < end && data[i] === 0) i++;
      const run = from.length;
      from.push(start);
      to.push(i);
      holes.add(i - start);
      while (above < firstOfRow && to[above] + width <= start) above++;
      for (let k = above; k < firstOfRow && from[k] + width < i; k++) holes.join(k, run);
    }
    above = firstOfRow;
  }
  const out = tensor('uint8', mask.shape, data.slice());
  for (let run = 0; run < from.length; run++) {
    if (holes.sizeOf(run) < area) out.data.fill(1, from[run], to[run]);
  }
  return out;
}

/** Sets that can be joined, and how many pixels each holds. Source: Tarjan, *Efficiency of a Good But Not Linear Set Union Algorithm*, 1975. */
class DisjointSets {
  readonly #parents: number[] = [];
  readonly #sizes: number[] = [];

  add(size: number): void {
    this.#parents.push(this.#parents.length);
    this.#sizes.push(size);
  }

  join(a: number, b: number): void {
    const root = this.#rootOf(a);
    const other = this.#rootOf(b);
    if (root === other) return;
    this.#parents[other] = root;
    this.#sizes[root] += this.#sizes[other];
  }

  sizeOf(member: number): number {
    return this.#sizes[this.#rootOf(member)];
  }

  #rootOf(member: number): number {
    const parents = this.#parents;
    while (parents[member] !== member) {
      parents[member] = parents[parents[member]];
      member = parents[member];
    }
    return member;
  }
}
