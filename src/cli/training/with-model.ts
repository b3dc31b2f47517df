import type { CamModel } from '../../explain/cam-model.ts';
import { openCamModel } from '../../explain/open-cam-model.ts';
import { anyModelIn } from '../../load-model.ts';
import { createSession } from '../../runtime/node.ts';
import type { Device } from '../../runtime/session.ts';

/** Decodes a model from a file's bytes, does work with it, and frees its memory. */
export async function withModel<T>(
  bytes: Uint8Array,
  device: Device,
  work: (model: CamModel) => Promise<T>,
): Promise<T> {
  const model = await openCamModel(await anyModelIn(bytes, 'the model'), createSession, { device });
  try {
    return await work(model);
  } finally {
    await model.release();
  }
}
