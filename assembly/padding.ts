import { F64 } from './memory';

/** Where a place beyond an axis of `length` elements falls, mirrored at its ends (`b a | a b c`) as often as it takes. */
export function mirrored(place: i32, length: i32): i32 {
  const i = (place + 4 * length) % (2 * length);
  return i < length ? i : 2 * length - 1 - i;
}

/** Mirrors a row that begins at place `start` at its ends, `margin` <= 2 elements beyond each. */
export function mirrorEnds(row: F64, start: i32, width: i32, margin: i32): void {
  for (let k = 0; k < margin; k++) {
    row[start - 1 - k] = row[start + mirrored(-1 - k, width)];
    row[start + width + k] = row[start + mirrored(width + k, width)];
  }
}
