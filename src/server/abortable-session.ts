/**
 * Sessions that stop when their result is no longer needed. A run itself cannot be interrupted: they stop
 * before the next one.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createSession } from '../runtime/node.ts';
import type { CreateSession } from '../runtime/session.ts';

const current = new AsyncLocalStorage<AbortSignal>();

/** Does work whose sessions start no run once the signal is aborted: they throw its reason. */
export function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return current.run(signal, work);
}

/** `createSession` for sessions that `untilAborted` can stop. */
export const createAbortableSession: CreateSession = async (model, options) => {
  current.getStore()?.throwIfAborted();
  const session = await createSession(model, options);
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    outputTypes: session.outputTypes,
    async run(feeds, outputs) {
      current.getStore()?.throwIfAborted();
      return await session.run(feeds, outputs);
    },
    release: () => session.release(),
  };
};
