/** Model files to models that run in Node. */
import { readBytes } from './data/read-file.ts';
import { FullModel } from './explain/full-model.ts';
import { HalfModel } from './explain/half-model.ts';
import { createSession } from './runtime/node.ts';
import type { SessionOptions } from './runtime/session.ts';

/** Opens a half model's file. @throws when it is none. */
export async function loadHalfModel(path: string, options: SessionOptions = {}): Promise<HalfModel> {
  return HalfModel.load(await readBytes(path), createSession, { name: path, ...options });
}

/** Opens a full model's file. @throws when it is none. */
export async function loadFullModel(path: string, options: SessionOptions = {}): Promise<FullModel> {
  return FullModel.load(await readBytes(path), createSession, { name: path, ...options });
}
