/** Weights of a picture's rows or columns in those of a resized one. */

/** Taps of one row or column: the first one's place, how many, then their weights of 15 bits, room for 24. */
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
    return changetype<Taps>(changetype<usize>(this) + 56);
  }
}

const weights: usize = memory.data(4 * 24, 16);

@inline
function addWeight(i: i32, weight: f32): void {
  const at = weights + (<usize>i << 2);
  store<f32>(at, load<f32>(at) + weight);
}

/**
 * Taps of a triangle filter, as wide as a step where the picture gets smaller (antialiased), of bilinear interpolation where it
 * gets larger.
 * @param halved 1 where there is one chroma sample for two pixels: the filter then acts on pixels between which samples are
 * interpolated, 3/4 and 1/4, as libjpeg does.
 * @param length pixels, at most 8 `size`.
 */
export function makeTaps(taps: Taps, length: i32, halved: i32, size: i32): void {
  const scale = <f64>length / <f64>size;
  const reach = max(1.0, scale);
  const lastSample = ((length + halved) >> halved) - 1;
  for (let i = 0; i < size; i++, taps = taps.next()) {
    const centre = (<f64>i + 0.5) * scale - 0.5;
    const first = max(0, <i32>Math.floor(centre - reach) + 1);
    const last = min(length - 1, <i32>Math.ceil(centre + reach) - 1);
    let sum = 0.0;
    for (let j = first; j <= last; j++) sum += reach - Math.abs(<f64>j - centre);
    const start = max(0, (first >> halved) - halved);
    const end = min(lastSample, (last >> halved) + halved);
    memory.fill(weights, 0, 4 * 24);
    for (let j = first; j <= last; j++) {
      const weight = <f32>((reach - Math.abs(<f64>j - centre)) / sum);
      const near = j >> halved;
      if (halved) {
        const far = min(lastSample, max(0, near + (j & 1 ? 1 : -1)));
        addWeight(near - start, 0.75 * weight);
        addWeight(far - start, 0.25 * weight);
      } else addWeight(near - start, weight);
    }
    taps.first = start;
    taps.count = end - start + 1;
    for (let j = 0; j < taps.count; j++) {
      const weight = load<f32>(weights + (<usize>j << 2));
      store<i16>(taps.weight(j), <i16>min<f32>(32767, Mathf.round(32768 * weight)));
    }
  }
}
