/** Connections within bounds: a new one takes the place of one on which nothing is worked. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionBounds {
  /** The most connections. */
  readonly all: number;
  /** The most of one address; fewer, so that no address keeps all others out. */
  readonly ofAddress: number;
  /** Milliseconds for which a connection keeps its place, whatever it does; default 1000. */
  readonly grace?: number;
  /** The time in milliseconds, from any moment on. */
  readonly now?: () => number;
}

/** One connection, as far as it matters who has to go. */
interface Open {
  readonly socket: Socket;
  readonly address: string;
  /** When it was opened, or its last answer was done. */
  since: number;
  /** The request under way, from the end of its head on. */
  request?: IncomingMessage;
}

/**
 * Where there are too many connections, the one that waits for a request for longest is closed, else the one whose body has been coming
 * for longest; those whose request is worked on or answered never are. So whoever opens many connections and dawdles keeps nobody out.
 * Where there is none of these a new one is refused.
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

  /** @param refuse answers a connection for which there is no place, and closes it */
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

  /** Whether there is room for one more, which another may have had to make. */
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
