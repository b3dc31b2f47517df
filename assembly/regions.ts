import { F32, I32, U8 } from './memory';
import { skip } from './runs';

/**
 * Grows a region from seeds over the 4 neighbours while `lower <= x <= upper`.
 * @param region the result; all 0 before
 * @param stack work space for one index per pixel
 */
export function growRegion(
  values: F32,
  seeds: U8,
  region: U8,
  stack: I32,
  height: i32,
  width: i32,
  lower: f64,
  upper: f64,
): void {
  const n = height * width;
  for (let seed = 0; seed < n; seed++) {
    seed = skip(seeds, seed, n, 0);
    if (seed == n) break;
    let size = visit(values, region, stack, 0, seed, lower, upper);
    while (size > 0) {
      const i = stack[--size];
      const x = i % width;
      if (x > 0) size = visit(values, region, stack, size, i - 1, lower, upper);
      if (x < width - 1) size = visit(values, region, stack, size, i + 1, lower, upper);
      if (i >= width) size = visit(values, region, stack, size, i - width, lower, upper);
      if (i < n - width) size = visit(values, region, stack, size, i + width, lower, upper);
    }
  }
}

/**
 * Pushes a pixel that belongs to the region and is not marked yet.
 * @returns the size of the stack
 */
@inline
function visit(values: F32, region: U8, stack: I32, size: i32, i: i32, lower: f64, upper: f64): i32 {
  const value = <f64>values[i];
  if (region[i] != 0 || value < lower || value > upper) return size;
  region[i] = 1;
  stack[size] = i;
  return size + 1;
}

/**
 * Fills, in place, the holes of fewer than `area` pixels. Runs of zeros that touch those of the next row form
 * one hole.
 * @param from, to, parents, sizes work space, each for one number for every second pixel of every row
 */
export function fillHoles(
  mask: U8,
  from: I32,
  to: I32,
  parents: I32,
  sizes: I32,
  height: i32,
  width: i32,
  area: i32,
): void {
  let count = 0;
  for (let y = 0, above = 0; y < height; y++) {
    const firstOfRow = count;
    const end = (y + 1) * width;
    for (let i = skip(mask, y * width, end, 1); i < end; i = skip(mask, i, end, 1)) {
      const start = i;
      i = skip(mask, i, end, 0);
      const run = count++;
      from[run] = start;
      to[run] = i;
      parents[run] = run;
      sizes[run] = i - start;
      while (above < firstOfRow && to[above] + width <= start) above++;
      for (let k = above; k < firstOfRow && from[k] + width < i; k++) join(parents, sizes, k, run);
    }
    above = firstOfRow;
  }
  for (let run = 0; run < count; run++) {
    if (sizes[rootOf(parents, run)] >= area) continue;
    for (let i = from[run]; i < to[run]; i++) mask[i] = 1;
  }
}

/** Merges two sets. Source: Tarjan, *Efficiency of a Good But Not Linear Set Union Algorithm*, 1975. */
function join(parents: I32, sizes: I32, a: i32, b: i32): void {
  const root = rootOf(parents, a);
  const other = rootOf(parents, b);
  if (root == other) return;
  parents[other] = root;
  sizes[root] = sizes[root] + sizes[other];
}

function rootOf(parents: I32, member: i32): i32 {
  while (parents[member] != member) {
    parents[member] = parents[parents[member]];
    member = parents[member];
  }
  return member;
}
