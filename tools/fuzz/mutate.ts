import type { Random } from '../../src/tensor/random.ts';

/** A damaged copy of a file: some bytes changed, blocks moved, numbers replaced, or the end cut off. */
export function mutate(bytes: Uint8Array, rng: Random): Uint8Array {
  const damaged = new Uint8Array(bytes);
  const below = (n: number): number => Math.floor(rng.next() * n);
  const at = (length: number): number => (below(Math.max(1, damaged.length - length)) >> 3) << 3;
  const kinds = [
    () => damaged.set([below(256)], at(8) + below(8)),
    () => flip(damaged, at(8) + below(8), below(8)),
    () => damaged.fill(rng.next() < 0.5 ? 0 : 0xff, ...range(at(8), 1 + below(16))),
    // HDF5 points to other places of a file by 8 bytes: such an address at the place of another one.
    () => damaged.copyWithin(at(8), ...range(at(8), 8)),
    () => damaged.copyWithin(at(64), ...range(at(64), 64)),
    () => new DataView(damaged.buffer).setBigUint64(at(8), BigInt(at(8)), true),
    () => new DataView(damaged.buffer).setUint32(at(8), [0x7fffffff, 0xfffffff0, 1, 0][below(4)], true),
  ];
  for (let n = 1 + below(6); n > 0; n--) kinds[below(kinds.length)]();
  return rng.next() < 0.1 ? damaged.slice(0, below(damaged.length)) : damaged;
}

function flip(bytes: Uint8Array, at: number, bit: number): void {
  bytes[at] ^= 1 << bit;
}

function range(start: number, length: number): [number, number] {
  return [start, start + length];
}
