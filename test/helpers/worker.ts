/** A worker of `worker-pool.test.ts`: says where it ran, fails, or dies. */
import { threadId } from 'node:worker_threads';
import { serveTasks } from '../../src/data/threads/worker-pool.ts';

serveTasks<string, Uint8Array>(
  async (task) => {
    if (task === 'fail') throw new Error('it cannot be done');
    if (task === 'die') process.exit(3);
    return Uint8Array.of(threadId);
  },
  ({ buffer }) => [buffer as ArrayBuffer],
);
