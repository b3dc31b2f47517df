import { ThreadFailure, WorkerPool } from '../../src/data/threads/worker-pool.ts';
import { random } from '../../src/tensor/random.ts';
import { damageBytes } from './damage-bytes.ts';

/** Reads Keras files with any layers in a thread that is replaced when it dies or is late. */
export class KerasThread {
  readonly #thread: WorkerPool<Uint8Array, string>;

  /** @param limit milliseconds for each file */
  constructor(limit: number) {
    this.#thread = new WorkerPool(new URL('./fuzz-keras-worker', import.meta.url), 1, limit);
  }

  /** @returns `read`, an error's message, or how the thread ended */
  read(bytes: Uint8Array): Promise<string> {
    return this.#thread.run(bytes).catch((error) => {
      if (error instanceof ThreadFailure) return `damaged: ${error.reason}`;
      throw error;
    });
  }

  end(): void {
    this.#thread.end();
  }
}

/** The outcome for a damaged file, as `KerasThread` returns it. */
export interface KerasOutcome {
  readonly seed: number;
  readonly text: string;
}

/**
 * Reads damaged copies of Keras files.
 * @param seeds one for each file; the source files are used in turn
 * @param limit milliseconds for each
 */
export async function fuzzKeras(
  sources: readonly Uint8Array[],
  seeds: readonly number[],
  limit: number,
): Promise<KerasOutcome[]> {
  const thread = new KerasThread(limit);
  const outcomes: KerasOutcome[] = [];
  for (const seed of seeds) {
    outcomes.push({
      seed,
      text: await thread.read(damageBytes(sources[seed % sources.length], random(seed))),
    });
  }
  thread.end();
  return outcomes;
}
