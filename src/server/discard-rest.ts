/** Discards what a client still sends after its answer. */
import type { IncomingMessage } from 'node:http';

/** Limits in bytes and milliseconds. */
const most = 2 ** 22;
const patience = 1000;

/**
 * Reads and discards the rest of a request's body, within limits. If a connection is closed with unread data,
 * TCP may discard the answer that is still on its way.
 */
export function discardRest(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const done = (): void => {
      clearTimeout(late);
      incoming.off('data', count);
      for (const event of ends) incoming.off(event, done);
      resolve();
    };
    const count = (chunk: Uint8Array): void => {
      bytes += chunk.length;
      if (bytes > most) done();
    };
    const ends = ['end', 'close', 'error'];
    const late = setTimeout(done, patience);
    for (const event of ends) incoming.on(event, done);
    incoming.on('data', count);
  });
}
