import { U8 } from './memory';

/** The first index from `i` on that holds another value; `end` if there is none before. */
@inline
export function skip(mask: U8, i: i32, end: i32, value: i32): i32 {
  const same = i8x16.splat(<i8>value);
  while (i + 16 <= end && i8x16.all_true(i8x16.eq(mask.sixteen(i), same))) i += 16;
  while (i < end && mask[i] == value) i++;
  return i;
}
