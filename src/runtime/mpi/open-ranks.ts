/** The ranks of an MPI launch, including this process. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Ranks } from '../ranks.ts';
import { type Launch, launchOf } from './launcher.ts';
import { libraryVariable, loadMpi, type MpiLibrary } from './library.ts';

/** `MPI_THREAD_FUNNELED`: there are other threads, but only this one calls MPI. */
const funneled = 1;
/** A waiting rank polls continuously for this time, in milliseconds; then it sleeps between polls. */
const spinMilliseconds = 5;
/** The longest sleep between two polls, in milliseconds. */
const maxSleep = 10;

/**
 * Opens MPI if a launcher, such as `mpirun` or `srun`, started several processes. Each of them must call it,
 * once, and call `leave` of the result last.
 * @param launch what the launcher's environment variables say; default: those of this process
 * @returns the ranks, for `Crew`; undefined if there is only this process: nothing is loaded then
 * @throws if there is no MPI library, or it does not know the other processes
 * @example
 * ```ts
 * import { openRanks } from 'high-res-mapping/node';
 * import { Crew } from 'high-res-mapping/train';
 *
 * const ranks = await openRanks();
 * const crew = ranks && new Crew(ranks); // an option of train: it averages the gradients
 * console.log(crew?.ranks.size ?? 'one process alone'); //=> one process alone
 * ranks?.leave();
 * ```
 */
export async function openRanks(launch: Launch | undefined = launchOf()): Promise<Ranks | undefined> {
  if (launch === undefined) return undefined;
  const library = await loadMpi(launch);
  const { call, world, file } = library;
  call('MPI_Init_thread', null, null, funneled, new Int32Array(1));
  const read = (name: 'MPI_Comm_rank' | 'MPI_Comm_size'): number => {
    const out = new Int32Array(1);
    call(name, world, out);
    return out[0];
  };
  const size = read('MPI_Comm_size');
  if (size !== launch.size) {
    const how = launch.by === 'srun' ? `; 'srun --mpi=list' shows the ways to start MPI` : '';
    throw new Error(
      `${launch.by} has started ${launch.size} processes, but ${file} reports ${size}: it belongs to another MPI; set ${libraryVariable} to the right library${how}`,
    );
  }
  return new MpiRanks(library, read('MPI_Comm_rank'), size);
}

class MpiRanks implements Ranks {
  readonly rank: number;
  readonly size: number;
  readonly #library: MpiLibrary;

  constructor(library: MpiLibrary, rank: number, size: number) {
    this.#library = library;
    this.rank = rank;
    this.size = size;
  }

  async meet(values: Float64Array, signal?: AbortSignal): Promise<void> {
    const { call, inPlace, double, sum, world } = this.#library;
    // Memory that MPI writes to later must not move: V8 moves arrays of up to 64 bytes.
    const [own, request] = [new Float64Array(values.length + 8), new BigInt64Array(16)];
    const [done, state] = [new Int32Array(32), new Int32Array(32)];
    own.set(values);
    const arrived = (): boolean => {
      call('MPI_Test', request, done, state);
      return done[0] !== 0;
    };
    call('MPI_Iallreduce', inPlace, own, values.length, double, sum, world, request);
    const began = performance.now();
    while (!arrived()) {
      signal?.throwIfAborted();
      const waited = performance.now() - began;
      if (waited < spinMilliseconds) await setImmediate();
      else await setTimeout(Math.min(maxSleep, waited / 50));
    }
    values.set(own.subarray(0, values.length));
  }

  async sum(values: Float32Array | Float64Array): Promise<void> {
    const { call, inPlace, float, double, sum, world } = this.#library;
    const type = values instanceof Float32Array ? float : double;
    call('MPI_Allreduce', inPlace, values, values.length, type, sum, world);
  }

  async broadcast(bytes: Uint8Array, from: number): Promise<void> {
    const { call, byte, world } = this.#library;
    for (let at = 0; at < bytes.length; at += mostBytes) {
      const part = bytes.subarray(at, at + mostBytes);
      call('MPI_Bcast', part, part.length, byte, from, world);
    }
  }

  abort(code: number): void {
    const { call, world } = this.#library;
    call('MPI_Abort', world, code);
  }

  leave(): void {
    this.#library.call('MPI_Finalize');
  }
}

/** MPI's counts have 32 bits. */
const mostBytes = 2 ** 30;
