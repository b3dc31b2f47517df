import { F64 } from './memory';

/**
 * The index that a position beyond an axis of `length` elements has when the axis is mirrored at its ends
 * (`b a | a b c`) as often as needed.
 */
export function mirrored(place: i32, length: i32): i32 {
  const i = (place + 4 * length) % (2 * length);
  return i < length ? i : 2 * length - 1 - i;
}

/** Mirrors a row that begins at index `start` at its ends, by `margin` <= 2 elements at each. */
export function mirrorEnds(row: F64, start: i32, width: i32, margin: i32): void {
  for (let k = 0; k < margin; k++) {
    row[start - 1 - k] = row[start + mirrored(-1 - k, width)];
    row[start + width + k] = row[start + mirrored(width + k, width)];
  }
}
