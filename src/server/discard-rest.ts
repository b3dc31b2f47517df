/** What a client still sends when its answer is there. */
import type { IncomingMessage } from 'node:http';

/** Bytes, and milliseconds, after which it is given up. */
const most = 2 ** 22;
const patience = 1000;

/**
 * Reads what is left of a request's body and throws it away, within bounds. Where a connection is closed while something has not been
 * read, TCP takes the answer back that is still on its way.
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
