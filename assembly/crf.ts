import { F32 } from './memory';

/** exp(-x) in steps of 1/1024, up to where it is less than 1e-5: millions are needed, and none to more than three digits. */
const steps: f32 = 1024;
const reach: f32 = 12;

@inline
function decayed(decay: F32, distance: f32): f32 {
  return distance < reach ? decay[<i32>(distance * steps)] : 0;
}

/**
 * `exp(-distance)` of all pairs of places i < j of a grid, row after row.
 * @param decay `exp(-(k + 1/2) / 1024)` for k < 12 * 1024.
 * @param around from `1 - size` to `size - 1` places away: the distance that adds, in a row as in a column.
 * @param alike what a difference of colour adds, squared.
 */
export function affinities(
  l: F32,
  a: F32,
  b: F32,
  decay: F32,
  around: F32,
  pairs: F32,
  size: i32,
  alike: f32,
): void {
  const n = size * size;
  const scale = f32x4.splat(alike);
  for (let i = 0, at = 0; i < n; i++) {
    const yi = i / size;
    const xi = i % size;
    const li = f32x4.splat(l[i]);
    const ai = f32x4.splat(a[i]);
    const bi = f32x4.splat(b[i]);
    for (let y = yi, x = xi + 1; y < size; y++, x = 0) {
      const vertical = around[y - yi + size - 1];
      if (!(vertical < reach)) {
        for (; x < size; x++) pairs[at++] = 0;
        continue;
      }
      for (; x + 4 <= size; x += 4, at += 4) {
        const j = y * size + x;
        const dl = f32x4.sub(l.four(j), li);
        const da = f32x4.sub(a.four(j), ai);
        const db = f32x4.sub(b.four(j), bi);
        const squares = f32x4.add(f32x4.mul(dl, dl), f32x4.add(f32x4.mul(da, da), f32x4.mul(db, db)));
        const near = f32x4.add(f32x4.splat(vertical), around.four(x - xi + size - 1));
        const distance = f32x4.add(near, f32x4.mul(squares, scale));
        pairs[at] = decayed(decay, f32x4.extract_lane(distance, 0));
        pairs[at + 1] = decayed(decay, f32x4.extract_lane(distance, 1));
        pairs[at + 2] = decayed(decay, f32x4.extract_lane(distance, 2));
        pairs[at + 3] = decayed(decay, f32x4.extract_lane(distance, 3));
      }
      for (; x < size; x++) {
        const j = y * size + x;
        const dl = l[j] - l[i];
        const da = a[j] - a[i];
        const db = b[j] - b[i];
        const near = vertical + around[x - xi + size - 1];
        pairs[at++] = decayed(decay, near + (dl * dl + (da * da + db * db)) * alike);
      }
    }
  }
}

/** `heard = K votes`, K symmetric with zeros on its diagonal, of which the pairs i < j are given: each is read once, for both. */
export function hear(pairs: F32, votes: F32, heard: F32, n: i32): void {
  for (let i = 0; i < n; i++) heard[i] = 0;
  for (let i = 0, at = 0; i < n; i++) {
    const vote = votes[i];
    const four = f32x4.splat(vote);
    let sums = f32x4.splat(0);
    let j = i + 1;
    for (; j + 4 <= n; j += 4, at += 4) {
      const k = pairs.four(at);
      sums = f32x4.add(sums, f32x4.mul(k, votes.four(j)));
      heard.setFour(j, f32x4.add(heard.four(j), f32x4.mul(k, four)));
    }
    let sum =
      f32x4.extract_lane(sums, 0) +
      f32x4.extract_lane(sums, 1) +
      (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    for (; j < n; j++, at++) {
      sum += pairs[at] * votes[j];
      heard[j] += pairs[at] * vote;
    }
    heard[i] += sum;
  }
}
