import { WorkerPool } from '../../src/data/threads/worker-pool.ts';
import { random } from '../../src/tensor/random.ts';
import { damageBytes } from './damage-bytes.ts';

/** What came of a damaged file: `read`, an error's message, or how the thread ended that read it. */
export interface Outcome {
  readonly seed: number;
  readonly text: string;
  readonly milliseconds: number;
}

/**
 * Reads damaged copies of Keras files, in a thread that is replaced when it dies or is late.
 * @param seeds one for each file; their sources take turns
 * @param limit milliseconds for each
 * @param network whether the sources are files of the network's; else any layers will do
 */
export async function fuzzKeras(
  sources: readonly Uint8Array[],
  seeds: readonly number[],
  limit: number,
  network: boolean,
): Promise<Outcome[]> {
  const thread = new WorkerPool<{ bytes: Uint8Array; network: boolean }, string>(
    new URL('./fuzz-keras-worker', import.meta.url),
    1,
    limit,
  );
  const outcomes: Outcome[] = [];
  for (const seed of seeds) {
    const bytes = damageBytes(sources[seed % sources.length], random(seed));
    const start = performance.now();
    const text = await thread.run({ bytes, network }).catch((error: Error) => error.message);
    outcomes.push({ seed, text, milliseconds: performance.now() - start });
  }
  thread.end();
  return outcomes;
}
