import { F32, I32, U8 } from './memory';
import { skip } from './runs';

/**
 * `offset + weight v`, where v is the scaled value `(x - min) / range`; one offset and weight for pixels
 * outside the segment, one for those inside.
 */
export function merge(
  values: F32,
  segment: U8,
  out: F32,
  n: i32,
  min: f32,
  range: f32,
  offset: f64,
  weight: f64,
  offsetInside: f64,
  weightInside: f64,
): void {
  for (let i = 0; i < n; ) {
    const isInside = segment[i] != 0;
    const end = skip(segment, i, n, segment[i]);
    const a = f64x2.splat(isInside ? offsetInside : offset);
    const b = f64x2.splat(isInside ? weightInside : weight);
    // The last four may reach into the next run, which is written afterwards.
    for (; i < end; i += 4) {
      const scaled = f32x4.div(f32x4.sub(values.four(i), f32x4.splat(min)), f32x4.splat(range));
      const upper = v128.shuffle<i64>(scaled, scaled, 1, 1);
      out.setTwo(i, f64x2.add(a, f64x2.mul(b, f64x2.promote_low_f32x4(scaled))));
      out.setTwo(i + 2, f64x2.add(a, f64x2.mul(b, f64x2.promote_low_f32x4(upper))));
    }
    i = end;
  }
}

/**
 * How many pixels have each level, `256 segment + grey`.
 * @param counts two tables of 512 zeros, used alternately, because neighbouring pixels often have the same
 * level and would wait for each other; the result is their sum, in the first
 */
export function countLevels(segment: U8, picture: U8, counts: I32, n: i32): void {
  for (let i = 0; i < n; i++) counts[((i & 1) << 9) | (segment[i] << 8) | picture[i]]++;
  for (let level = 0; level < 512; level++) counts[level] = counts[level] + counts[512 + level];
}

/**
 * Marks the pixels of at least a grey level: one level for pixels outside the segment, one for those inside;
 * 256 marks none.
 */
export function markGreys(segment: U8, picture: U8, mask: U8, n: i32, outside: i32, inside: i32): void {
  for (let i = 0; i < n; ) {
    const isInside = segment[i];
    const end = skip(segment, i, n, isInside);
    const least = isInside ? inside : outside;
    const greys = i8x16.splat(<i8>min(least, 255));
    const ones = i8x16.splat(least < 256 ? 1 : 0);
    // The last sixteen may reach into the next run, which is written afterwards.
    for (; i < end; i += 16) mask.setSixteen(i, v128.and(i8x16.ge_u(picture.sixteen(i), greys), ones));
    i = end;
  }
}
