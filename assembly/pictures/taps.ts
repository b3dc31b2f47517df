/** Weights of a picture's rows or columns in those of a resized one. */

/** Of one row or column: the first one's place, how many, then their weights of 15 bits, room for 26. */
@unmanaged
export class Taps {
  first: i32;
  count: i32;

  @inline
  weight(i: i32): usize {
    return changetype<usize>(this) + 8 + (<usize>i << 1);
  }

  @inline
  next(): Taps {
    return changetype<Taps>(changetype<usize>(this) + 60);
  }
}

/**
 * Taps of a triangle filter, as wide as a step where the picture gets smaller (antialiased), of bilinear interpolation where it
 * gets larger. They add up to 1 but for rounding.
 * @param length at most 12 `size`.
 */
export function makeTaps(to: usize, length: i32, size: i32): void {
  const scale = <f64>length / <f64>size;
  const reach = max(1.0, scale);
  let taps = changetype<Taps>(to);
  for (let i = 0; i < size; i++, taps = taps.next()) {
    const centre = (<f64>i + 0.5) * scale - 0.5;
    const first = max(0, <i32>Math.floor(centre - reach) + 1);
    const last = min(length - 1, <i32>Math.ceil(centre + reach) - 1);
    let sum = 0.0;
    for (let j = first; j <= last; j++) sum += reach - Math.abs(<f64>j - centre);
    taps.first = first;
    taps.count = last - first + 1;
    for (let j = first; j <= last; j++) {
      const weight = (reach - Math.abs(<f64>j - centre)) / sum;
      store<i16>(taps.weight(j - first), <i16>min(32767.0, Math.round(32768 * weight)));
    }
    store<i16>(taps.weight(taps.count), 0);
  }
}
