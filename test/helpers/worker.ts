/** A worker of `worker-pool.test.ts`: says where it ran, fails, dies, or never ends. */
import { threadId } from 'node:worker_threads';
import { serveTasks } from '../../src/data/threads/worker-pool.ts';
import { FileError } from '../../src/errors/file-error.ts';
import { ModelKindError } from '../../src/errors/model-kind-error.ts';

serveTasks<string, Uint8Array>(
  async (task) => {
    if (task === 'fail') throw new Error('it cannot be done');
    if (task === 'fail by a file') throw new FileError('a.png', 'cut short', { cause: new Error('its end') });
    if (task === 'fail by a model') throw new ModelKindError('a.onnx', 'full', 'half');
    if (task === 'die') process.exit(3);
    if (task === 'block') for (;;);
    return Uint8Array.of(threadId);
  },
  ({ buffer }) => [buffer as ArrayBuffer],
);
