/** Opens the model of a finished network as a session. */
import { inMicroBatches } from './micro-batches.ts';
import type { CreateSession, Session, SessionOptions } from './session.ts';

/**
 * A session that accepts any number of images, and runs as many at a time as the model accepts, or as are
 * fastest on a CPU.
 * @param batch images per run of the model
 */
export async function openBatched(
  model: Uint8Array,
  batch: 1 | 'any',
  createSession: CreateSession,
  { device = 'cpu', purpose }: SessionOptions = {},
): Promise<Session> {
  const session = await createSession(model, { device, purpose });
  if (batch === 1) return inMicroBatches(session, () => 1);
  return device === 'cpu' ? inMicroBatches(session) : session;
}
