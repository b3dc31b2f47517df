/** Limits connections: a new one replaces an idle one. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionBounds {
  /** Limit on all connections. */
  readonly all: number;
  /** Limit per client address; lower, so that one address cannot take all connections. */
  readonly ofAddress: number;
  /** Milliseconds during which a new connection is never closed; default 1000. */
  readonly grace?: number;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

/** The state of a connection that decides which one is closed. */
interface Open {
  readonly socket: Socket;
  readonly address: string;
  /** When it was opened, or when its last answer was finished. */
  since: number;
  /** The current request, once its head has arrived. */
  request?: IncomingMessage;
}

/**
 * Closes connections beyond a limit: the one that has waited longest for a request, else the one whose body
 * has been arriving for longest, but never one whose request is being processed or answered. So a client that
 * opens many slow connections cannot keep others out. If none can be closed, the new connection is refused.
 */
export class Connections {
  readonly #bounds: Required<ConnectionBounds>;
  readonly #open = new Map<Socket, Open>();

  constructor({ all, ofAddress, grace = 1000, now = () => performance.now() }: ConnectionBounds) {
    this.#bounds = { all, ofAddress, grace, now };
  }

  get size(): number {
    return this.#open.size;
  }

  /** @param refuse answers a refused connection, and closes it */
  watch(server: Server, refuse: (socket: Socket) => void): void {
    const { now } = this.#bounds;
    server.on('connection', (socket: Socket) => {
      const address = socket.remoteAddress ?? '';
      if (!this.#makeRoom(address)) {
        refuse(socket);
        return;
      }
      this.#open.set(socket, { socket, address, since: now() });
      socket.once('close', () => this.#open.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const open = this.#open.get(request.socket);
      if (open === undefined) return;
      open.request = request;
      open.since = now();
      response.once('close', () => {
        if (open.request !== request) return;
        open.request = undefined;
        open.since = now();
      });
    });
  }

  /** Whether one more connection is possible, possibly after closing another. */
  #makeRoom(address: string): boolean {
    const { all, ofAddress } = this.#bounds;
    const own = [...this.#open.values()].filter((one) => one.address === address);
    if (own.length >= ofAddress) return this.#close(own);
    return this.#open.size < all || this.#close([...this.#open.values()]);
  }

  #close(candidates: readonly Open[]): boolean {
    const { grace, now } = this.#bounds;
    const latest = now() - grace;
    const old = candidates.filter(({ since }) => since <= latest);
    const longest = (list: readonly Open[]): Open | undefined =>
      list.toSorted((a, b) => a.since - b.since).at(0);
    const open =
      longest(old.filter(({ request }) => request === undefined)) ??
      longest(old.filter(({ request }) => request !== undefined && !request.complete));
    if (open === undefined) return false;
    this.#open.delete(open.socket);
    open.socket.destroy();
    return true;
  }
}
