/** The weights with which rows or columns of a picture are summed into those of a resized one. */

/**
 * For one row or column: the index of the first one summed, their number, and their weights in 15 bits, room
 * for 26.
 */
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
 * The taps of a triangle filter: one step wide where the picture gets smaller (antialiasing), bilinear
 * interpolation where it gets larger. They add up to 1 up to rounding.
 * @param length at most 12 `size`
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
