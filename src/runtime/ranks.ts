/** The processes of a training that is spread over several, as MPI has them: ranks, from 0. `mpi/open-ranks.ts` provides them. */
export interface Ranks {
  /** Of this process, 0 to `size - 1`. */
  readonly rank: number;
  /** How many there are, at least 1. */
  readonly size: number;
  /**
   * Waits until all ranks are here, and puts the sums of their values into `values`, of one length on all. Meanwhile the event loop goes
   * on, and the processor is free where it takes long.
   * @throws the reason of the signal, when it comes first: no other call may follow
   */
  meet(values: Float64Array, signal?: AbortSignal): Promise<void>;
  /** Puts the sums over all ranks into `values`, of one length on all. It may block the thread: ranks have met just before. */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /** Puts the bytes of rank `from` into those of all others, of one length on all. It may block as `sum` does. */
  broadcast(bytes: Uint8Array, from: number): Promise<void>;
  /** Ends the processes of all ranks at once. @param code of each process's end */
  abort(code: number): void;
  /** Ends the use of MPI: every rank calls it once, as its last call. It waits for the others. */
  leave(): void;
}
