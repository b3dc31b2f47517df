/** How the model of a finished network becomes a session. */
import { inParts } from './in-parts.ts';
import type { CreateSession, Session, SessionOptions } from './session.ts';

/**
 * A session that takes any number of images, and hands on as many at a time as the model takes, or as run fastest on a processor.
 * @param batch images that the model takes at a time
 */
export async function openBatched(
  model: Uint8Array,
  batch: 1 | 'any',
  createSession: CreateSession,
  { device = 'cpu', purpose }: SessionOptions = {},
): Promise<Session> {
  const session = await createSession(model, { device, purpose });
  if (batch === 1) return inParts(session, () => 1);
  return device === 'cpu' ? inParts(session) : session;
}
