/**
 * The processes of a distributed training, as ranks in MPI's sense, from 0. `mpi/open-ranks.ts` provides
 * them.
 */
export interface Ranks {
  /** Of this process, 0 to `size - 1`. */
  readonly rank: number;
  /** Number of ranks, at least 1. */
  readonly size: number;
  /**
   * Waits for all ranks, and replaces `values`, of equal length on all, by their sums. The event loop
   * continues while it waits, and the CPU is idle if that takes long.
   * @throws the signal's reason if it is aborted first: then only `abort` may be called
   */
  meet(values: Float64Array, signal?: AbortSignal): Promise<void>;
  /**
   * Replaces `values`, of equal length on all ranks, by their sums (allreduce). It may block the thread, so
   * call it right after `meet`.
   */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /**
   * Copies the bytes of rank `from` into those of all others, of equal length. It may block as `sum` does.
   */
  broadcast(bytes: Uint8Array, from: number): Promise<void>;
  /**
   * Ends the processes of all ranks at once.
   * @param code exit code of each process
   */
  abort(code: number): void;
  /** Finalizes MPI: every rank calls it once, as its last call. It waits for the others. */
  leave(): void;
}
