/** The page's side of the worker that runs the model. */
import { type Remote, wrap } from 'comlink';
import { foreignError } from '../../errors/out-of-memory-error.ts';
import type { Asked } from '../../explain/explain.ts';
import type { Look } from '../../explain/look.ts';
import type { Picture } from '../../tensor/tensor.ts';
import type { ForeignFile } from './import-here.ts';
import type { ModelFacts, ModelWorker } from './model-worker.ts';

export type { ModelFacts } from './model-worker.ts';

/**
 * Starts the worker with the first call, and another one if it has crashed. Calls run one at a time, in
 * order.
 */
export class ModelClient {
  #worker:
    | { readonly remote: Remote<ModelWorker>; readonly crashed: Promise<never>; end(): void }
    | undefined;
  #before: Promise<unknown> = Promise.resolve();

  /** Starts loading the runtime. If that fails, opening a model reports it. */
  prepare(): void {
    this.#call((remote) => remote.prepare()).catch(() => {});
  }

  /** As `ModelWorker.open`. */
  open(file: ForeignFile): Promise<ModelFacts> {
    return this.#call((remote) => remote.open(file));
  }

  /** As `ModelWorker.tryWebgpu`. Other calls do not wait for it. */
  tryWebgpu(software: boolean): Promise<Pick<ModelFacts, 'device' | 'note'>> {
    return this.#callNow((remote) => remote.tryWebgpu(software));
  }

  /**
   * As `ModelWorker.look`.
   * @param signal aborted when the result is no longer needed; a call that has not begun is then dropped
   */
  look(seen: Picture, asked: Asked<string>, signal: AbortSignal): Promise<Look> {
    return this.#call(async (remote) => {
      signal.throwIfAborted();
      return remote.look(seen, asked);
    });
  }

  async #call<T>(use: (remote: Remote<ModelWorker>) => Promise<T>): Promise<T> {
    const result = this.#before.then(() => this.#callNow(use));
    this.#before = result.catch(() => {});
    return result;
  }

  #callNow<T>(use: (remote: Remote<ModelWorker>) => Promise<T>): Promise<T> {
    this.#worker ??= start();
    const { remote, crashed, end } = this.#worker;
    crashed.catch(() => {
      end();
      this.#worker = undefined;
    });
    return Promise.race([use(remote), crashed]);
  }
}

function start() {
  const worker = new Worker(new URL('./model-worker.ts', import.meta.url), { type: 'module', name: 'model' });
  const crashed = new Promise<never>((_, reject) => {
    worker.onerror = (event) => {
      event.preventDefault();
      // An `ErrorEvent` has a message; the `Event` of a script that cannot be loaded has none.
      const { message = '' } = event;
      reject(foreignError(message, message || 'the script that runs the model cannot be loaded'));
    };
  });
  return { remote: wrap<ModelWorker>(worker), crashed, end: () => worker.terminate() };
}
