/** Ranks that are promises of one process, in place of MPI's. */
import type { Ranks } from '../../src/runtime/ranks.ts';

interface Place {
  readonly own: (Float32Array | Float64Array | Uint8Array)[];
  readonly go: (() => void)[];
}

/** @param size how many */
export function ranksHere(size: number): Ranks[] {
  /** Calls of all ranks, in their order: the nth of one goes with the nth of each other. */
  const places: Place[] = [];
  const asked = new Array<number>(size).fill(0);
  const together = async (
    rank: number,
    own: Place['own'][number],
    work: (all: Place['own']) => void,
    signal?: AbortSignal,
  ): Promise<void> => {
    const turn = asked[rank]++;
    places[turn] ??= { own: [], go: [] };
    const { own: all, go } = places[turn];
    all[rank] = own;
    const done = new Promise<void>((resolve, reject) => {
      go.push(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
    if (go.length === size) {
      if (new Set(all.map(({ length }) => length)).size > 1) throw new Error('lengths differ');
      work(all);
      for (const resolve of go) resolve();
    }
    return done;
  };
  const sum = (all: Place['own']): void => {
    for (let i = 0; i < all[0].length; i++) {
      const total = all.reduce((before, { [i]: value }) => before + value, 0);
      for (const one of all) one[i] = total;
    }
  };
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    meet: (values, signal) => together(rank, values, sum, signal),
    sum: (values) => together(rank, values, sum),
    broadcast: (bytes, from) =>
      together(rank, bytes, (all) => {
        for (const one of all) if (one !== all[from]) (one as Uint8Array).set(all[from]);
      }),
    abort: () => {},
    leave: () => {},
  }));
}
