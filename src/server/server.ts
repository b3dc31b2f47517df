/** The server: a socket, its time limits, and a stop that finishes work in progress. */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener, RequestError } from '@hono/node-server';
import { isLoopback } from './access.ts';
import { formatLogEntry, type LogFormat } from './access-log.ts';
import { serverApp } from './app.ts';
import { ByteBudget } from './body.ts';
import { Connections } from './connections.ts';
import type { Metrics } from './metrics.ts';
import { faultProblem, Problem, problemType } from './problem.ts';
import type { Service } from './service.ts';
import type { StaticFile } from './static-files.ts';
import { welcomePage } from './welcome-page.ts';

export interface ServerOptions {
  readonly service: Service;
  readonly metrics: Metrics;
  /** The project's version. */
  readonly version: string;
  /** Address or name to listen on. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The token that clients need. */
  readonly token?: string;
  /** Host names that are accepted besides those of the loopback interface; if given, only these are. */
  readonly allowedHosts?: readonly string[];
  /** Limit on connections; default 512. */
  readonly maxConnections?: number;
  /** Limit on connections per client address; default 256. */
  readonly addressConnections?: number;
  /** Limit on the bytes of a request's body. */
  readonly maxBody: number;
  /** Time limit of a request in seconds, from the end of its body on. */
  readonly timeout: number;
  /** Seconds in which a request's head must arrive; default 10. */
  readonly headTimeout?: number;
  /** Seconds in which all of a request must arrive; default 60. */
  readonly bodyTimeout?: number;
  /** Seconds that a stop waits for work in progress. */
  readonly stopTimeout: number;
  /** The page's files, by path; absent: a small page that describes the API. */
  readonly files?: ReadonlyMap<string, StaticFile>;
  /** Format of the access log; absent: none. */
  readonly log?: LogFormat;
  /** Writes a line of the log. */
  readonly write: (line: string) => void;
  /** Called with internal errors. */
  readonly onFault: (error: unknown) => void;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly address: string;
  /**
   * Accepts no new requests, finishes those in progress, and releases everything.
   * @returns whether all were finished in time
   */
  stop(): Promise<boolean>;
}

/** Limit on the bytes of a request's head. */
const headBytes = 16 * 1024;
/** The memory for bodies is enough for this many requests of maximal length. */
const bodiesAtATime = 8;
/** Seconds for which an idle connection stays open: longer than the minute that proxies reuse theirs for. */
const keepAlive = 75;

/** @throws when others than this machine could reach the host without a token */
export function checkReach(host: string, token: string | undefined): void {
  if (isLoopback(host) || token !== undefined) return;
  throw new Error(`--host ${host}: other machines may reach it, so a token is needed: --token-file FILE`);
}

/**
 * Starts the server.
 * @throws when the address does not exist or is in use, or other machines could reach the server without a
 * token
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { service, host, port, token, maxBody, timeout, stopTimeout, log, write } = options;
  const { headTimeout = 10, bodyTimeout = 60, allowedHosts = [] } = options;
  checkReach(host, token);
  const local = isLoopback(host);
  const server = createServer({
    maxHeaderSize: headBytes,
    headersTimeout: 1000 * headTimeout,
    requestTimeout: 1000 * bodyTimeout,
    keepAliveTimeout: 1000 * keepAlive,
    connectionsCheckingInterval: Math.min(1000, 200 * headTimeout),
  });
  const { maxConnections = 512, addressConnections = 256 } = options;
  new Connections({ all: maxConnections, ofAddress: addressConnections }).watch(server, (socket) => {
    const problem = new Problem(503, 'the limit on connections is reached', { 'Retry-After': '1' });
    socket.on('error', () => {}); // the client may have disconnected
    socket.end(rawAnswer(problem), () => socket.destroy());
  });
  // A client that does not read its answer.
  server.timeout = 1000 * (bodyTimeout + timeout);
  answerDamaged(server);
  await listen(server, host, port);
  const address = addressOf(server);
  let stopping = false;
  const app = serverApp({
    service,
    metrics: options.metrics,
    version: options.version,
    token,
    hosts:
      local || allowedHosts.length > 0
        ? [...allowedHosts, ...(local ? [] : [host.toLowerCase()])]
        : undefined,
    files: options.files ?? new Map([['/', welcomePage(address)]]),
    body: { maxBytes: maxBody, budget: new ByteBudget(bodiesAtATime * maxBody) },
    stopping: () => stopping,
    onAnswer: log && ((entry) => write(formatLogEntry(entry, log))),
    onFault: options.onFault,
  });
  const errorHandler = (error: unknown): Response => {
    if (error instanceof RequestError) return new Problem(400, error.message).toResponse();
    options.onFault(error);
    return faultProblem().toResponse();
  };
  server.on('request', getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler }));

  return {
    address,
    async stop() {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      let finished = true;
      const late = setTimeout(() => {
        finished = false;
        server.closeAllConnections();
      }, 1000 * stopTimeout);
      await closed;
      clearTimeout(late);
      // Work whose client has disconnected may still run; do not wait longer for it.
      await Promise.race([
        service.admission.idle(),
        sleep(finished ? 1000 * stopTimeout : 0, undefined, { ref: false }),
      ]);
      await service.end();
      return finished;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: 'the port is in use',
        EACCES: 'permission denied',
        EADDRNOTAVAIL: 'this machine has no such address',
        ENOTFOUND: 'there is no such name',
      };
      reject(
        new Error(`cannot listen on ${host}, port ${port}: ${reasons[error.code ?? ''] ?? error.message}`),
      );
    });
    server.listen(port, host, resolve);
  });
}

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Answers requests that are not HTTP, too large or too slow, and never reach the routes. */
function answerDamaged(server: Server): void {
  const last = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => last.set(socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const before = last.get(socket);
    // Within an answer, another one cannot be sent.
    if (
      !socket.writable ||
      error.code === 'ECONNRESET' ||
      (before?.headersSent && !before.writableFinished)
    ) {
      socket.destroy();
      return;
    }
    socket.end(rawAnswer(problemOf(error.code)));
    // Gives the client time to read it, while more of the request may still arrive.
    setTimeout(() => socket.destroy(), 500).unref();
  });
}

function rawAnswer({ body, status, headers }: Problem): string {
  const all = {
    'Content-Type': problemType,
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}

function problemOf(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem(408, 'the request did not arrive in time');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Problem(431, `a request's head has at most ${headBytes} bytes`);
  return new Problem(400, 'this is not an HTTP request');
}
