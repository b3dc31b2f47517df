/** Worker threads that all run one module. */
import { parentPort, type Transferable, Worker } from 'node:worker_threads';
import { type PackedError, packError, unpackError } from '../../errors/across-threads.ts';

/** A worker's answers: one per task, in the order of the tasks. */
type Answer<Result> = { readonly result: Result } | { readonly error: PackedError };

interface Waiting<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A thread died with tasks in progress, or was terminated. */
export class ThreadFailure extends Error {
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`internal: a worker thread failed: ${reason}`, options);
    this.reason = reason;
  }
}

/**
 * A pool of threads for tasks. Threads start on demand, one per concurrent task up to a maximum, and stay for
 * later tasks. They keep the process alive only while a task is in progress.
 */
export class WorkerPool<Task, Result> {
  readonly #workers: PoolWorker<Task, Result>[] = [];
  readonly #module: URL;
  readonly #most: number;
  readonly #limit: number | undefined;

  /**
   * @param module URL without extension, such as `new URL('./work', import.meta.url)`: `.ts` is added in the
   * sources, `.js` in compiled code. The module calls `serveTasks`.
   * @param most number of threads, >= 1
   * @param limit milliseconds that a task may take, counted from `run`; then its thread is terminated.
   * Default: unlimited
   */
  constructor(module: URL, most: number, limit?: number) {
    this.#module = module;
    this.#most = most;
    this.#limit = limit;
  }

  /** Terminates all threads. Tasks in progress fail. */
  end(): void {
    for (const worker of this.#workers.splice(0)) worker.end('it was ended');
  }

  /**
   * Sends a task, by structured clone, to the thread with the fewest tasks.
   * @param over aborts the task: its thread is terminated with all its tasks, and another replaces it
   * @throws what the module threw, or `ThreadFailure`
   */
  run(task: Task, over?: AbortSignal): Promise<Result> {
    const alive = this.#workers.filter((worker) => !worker.dead);
    this.#workers.splice(0, Number.POSITIVE_INFINITY, ...alive);
    let free = alive.toSorted((a, b) => a.load - b.load).at(0);
    if (free === undefined || (free.load > 0 && alive.length < this.#most)) {
      free = new PoolWorker(this.#module);
      this.#workers.push(free);
    }
    const answer = free.run(task);
    const end = (): void => free.end('it ran out of time');
    over?.addEventListener('abort', end, { once: true });
    const late =
      this.#limit === undefined
        ? undefined
        : setTimeout(() => free.end(`no answer within ${(this.#limit ?? 0) / 1000} s`), this.#limit);
    return answer.finally(() => {
      clearTimeout(late);
      over?.removeEventListener('abort', end);
    });
  }
}

class PoolWorker<Task, Result> {
  /** Whether the thread has stopped and takes no tasks. */
  dead = false;
  readonly #worker: Worker;
  readonly #waiting: Waiting<Result>[] = [];

  constructor(module: URL) {
    this.#worker = startWorker(module);
    this.#worker.unref();
    this.#worker.on('message', (answer: Answer<Result>) => {
      // An answer may still arrive after its thread was terminated.
      if (this.dead) return;
      const { resolve, reject } = this.#waiting.shift() as Waiting<Result>;
      if (this.#waiting.length === 0) this.#worker.unref();
      if ('error' in answer) reject(unpackError(answer.error));
      else resolve(answer.result);
    });
    this.#worker.on('error', (error) => this.#fail(error.message, error));
    this.#worker.on('exit', (code) => this.#fail(`it ended with exit code ${code}`));
  }

  /** Number of tasks in progress. */
  get load(): number {
    return this.#waiting.length;
  }

  run(task: Task): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(task);
      this.#waiting.push({ resolve, reject });
      this.#worker.ref();
    });
  }

  /** Terminates the thread, whatever it is doing. */
  end(reason: string): void {
    this.#fail(reason);
    void this.#worker.terminate();
  }

  #fail(reason: string, cause?: Error): void {
    this.dead = true;
    const failure = new ThreadFailure(reason, { cause });
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }
}

function startWorker(module: URL): Worker {
  if (import.meta.url.endsWith('.js')) return new Worker(new URL(`${module.href}.js`));
  // Running from the sources, under tsx or Vitest: Node 20 does not run TypeScript, and a thread inherits no
  // loader, so it has to load tsx itself.
  const tsx = import.meta.resolve('tsx/esm/api');
  const start = `import { register } from '${tsx}'; register(); await import('${module.href}.ts');`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(start)}`));
}

/**
 * The worker's side of a `WorkerPool`: runs one task after the other.
 * @param transfer buffers of the result that are transferred instead of copied
 */
export function serveTasks<Task, Result>(
  work: (task: Task) => Promise<Result>,
  transfer: (result: Result) => readonly Transferable[],
): void {
  const port = parentPort;
  if (port === null) throw new Error('internal: serveTasks is called in a worker thread');
  let before: Promise<void> = Promise.resolve();
  port.on('message', (task: Task) => {
    before = before
      .then(() => work(task))
      .then(
        (result) => port.postMessage({ result } satisfies Answer<Result>, transfer(result)),
        (error) => port.postMessage({ error: packError(error) } satisfies Answer<Result>),
      );
  });
}
