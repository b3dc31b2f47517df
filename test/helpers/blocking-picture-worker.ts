/** The server's worker thread, but for pictures 13 pixels wide: with these it is busy for ever. */

import { readPictureSize } from '../../src/data/picture/picture-header.ts';
import { serveTasks } from '../../src/data/threads/worker-pool.ts';
import { type PictureResult, type PictureTask, workOnPicture } from '../../src/server/picture-work.ts';

serveTasks<PictureTask, PictureResult>(
  async (task) => {
    if (task.kind === 'decode' && (await readPictureSize(task.bytes)).width === 13) for (;;);
    return await workOnPicture(task);
  },
  () => [],
);
