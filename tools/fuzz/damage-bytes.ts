import { crc32 } from 'node:zlib';
import type { Random } from '../../src/tensor/random.ts';

/**
 * `damageBytes` for pictures; half of the damaged PNG files get correct checksums, so that the damage is not
 * stopped by them.
 */
export function damagePicture(bytes: Uint8Array, rng: Random): Uint8Array {
  const damaged = damageBytes(bytes, rng);
  return bytes[0] === 0x89 && rng.next() < 0.5 ? withChecksums(damaged) : damaged;
}

function withChecksums(png: Uint8Array): Uint8Array {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > png.length) break;
    view.setUint32(end, crc32(png.subarray(at + 4, end)));
    at = end + 4;
  }
  return png;
}

/**
 * A damaged copy of a file: bytes changed, numbers replaced, blocks moved, left out or doubled, or the end
 * cut off.
 */
export function damageBytes(bytes: Uint8Array, rng: Random): Uint8Array {
  const kinds = rng.next() < 0.8 ? inPlace : [...inPlace, ...moved];
  let damaged: Uint8Array = new Uint8Array(bytes);
  for (let n = 1 + rng.integer(1 + rng.integer(6)); n > 0; n--)
    damaged = kinds[rng.integer(kinds.length)](damaged, rng);
  return rng.next() < 0.1 ? damaged.slice(0, rng.integer(damaged.length + 1)) : damaged;
}

type Damage = (bytes: Uint8Array, rng: Random) => Uint8Array;

/** Half of all places are in the first 256 bytes, where files have their headers. */
function placeIn(bytes: Uint8Array, rng: Random, length = 1): number {
  const places = Math.max(1, bytes.length - length + 1);
  return rng.integer(rng.next() < 0.5 ? Math.min(256, places) : places);
}

const numbers = [
  0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
];

/** HDF5 and TIFF refer to other places of a file by numbers of 8 or 4 bytes at multiples of 8. */
const aligned = (at: number): number => (at >> 3) << 3;

const inPlace: readonly Damage[] = [
  (bytes, rng) => changed(bytes, placeIn(bytes, rng), () => rng.integer(256)),
  (bytes, rng) => changed(bytes, placeIn(bytes, rng), (value) => value ^ (1 << rng.integer(8))),
  (bytes, rng) => {
    const at = placeIn(bytes, rng);
    return bytes.fill(rng.next() < 0.5 ? 0 : 0xff, at, at + 1 + rng.integer(16));
  },
  (bytes, rng) => {
    const from = aligned(placeIn(bytes, rng, 8));
    return bytes.copyWithin(aligned(placeIn(bytes, rng, 8)), from, from + 8);
  },
  (bytes, rng) => {
    const from = aligned(placeIn(bytes, rng, 64));
    return bytes.copyWithin(aligned(placeIn(bytes, rng, 64)), from, from + 64);
  },
  (bytes, rng) => number32(bytes, aligned(placeIn(bytes, rng, 8)), aligned(placeIn(bytes, rng)), true),
  (bytes, rng) =>
    number32(bytes, placeIn(bytes, rng, 4), numbers[rng.integer(numbers.length)], rng.next() < 0.5),
];

const moved: readonly Damage[] = [
  (bytes, rng) => {
    const [from, length] = [placeIn(bytes, rng), 1 + rng.integer(64)];
    return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(from + length)]);
  },
  (bytes, rng) => {
    const [from, length] = [placeIn(bytes, rng), 1 + rng.integer(64)];
    return Uint8Array.from([...bytes.subarray(0, from + length), ...bytes.subarray(from)]);
  },
];

function changed(bytes: Uint8Array, at: number, to: (value: number) => number): Uint8Array {
  if (bytes.length > 0) bytes[at] = to(bytes[at]);
  return bytes;
}

function number32(bytes: Uint8Array, at: number, value: number, little: boolean): Uint8Array {
  if (at + 4 <= bytes.length) {
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setUint32(at, value, little);
  }
  return bytes;
}
