import type { CamModel } from '../../explain/cam-model.ts';
import { FullModel } from '../../explain/full-model.ts';
import { HalfModel } from '../../explain/half-model.ts';
import type { ModelType } from '../../models/model.ts';
import { createSession } from '../../runtime/node.ts';
import type { Device } from '../../runtime/session.ts';

/** Does something with a model, from the bytes of its file, and frees its memory. */
export async function withModel<T>(
  bytes: Uint8Array,
  type: ModelType,
  device: Device,
  work: (model: CamModel) => Promise<T>,
): Promise<T> {
  const model = await (type === 'half' ? HalfModel : FullModel).load(bytes, createSession, { device });
  try {
    return await work(model);
  } finally {
    await model.release();
  }
}
