/** The routes: access control, parameters, status and headers of the answers. */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { ImportFacts } from '../classifier/facts.ts';
import { checkHost, checkToken } from './access.ts';
import type { LogEntry } from './access-log.ts';
import { type Body, type BodyOptions, withBody } from './body.ts';
import { discardRest } from './discard-rest.ts';
import type { Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { clientGone, faultProblem, Problem } from './problem.ts';
import type { Service } from './service.ts';
import { hasTag, type StaticFile } from './static-files.ts';

export interface AppOptions {
  readonly service: Service;
  readonly metrics: Metrics;
  readonly body: BodyOptions;
  /** The project's version. */
  readonly version: string;
  /** The token that clients need; absent only on the loopback interface. */
  readonly token?: string;
  /** Host names that are accepted, besides those of the loopback interface; undefined: all. */
  readonly hosts?: readonly string[];
  /** The page's files, by path; `/` is one of them. */
  readonly files: ReadonlyMap<string, StaticFile>;
  /** Whether the server is stopping: no new work is begun. */
  stopping(): boolean;
  /** Called after each answer. */
  onAnswer?(entry: LogEntry): void;
  /** Called with internal errors. */
  onFault(error: unknown): void;
}

interface Env {
  Bindings: HttpBindings;
}

/** Paths that need no token: they reveal nothing about models or requests. */
const open: ReadonlySet<string> = new Set(['/healthz', '/openapi.json']);

const apiPolicy = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };

/** The page runs WebAssembly in its own workers, on pictures given by its user. */
const pagePolicy = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'", "'wasm-unsafe-eval'", 'blob:'],
  workerSrc: ["'self'", 'blob:'],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'blob:', 'data:'],
  connectSrc: ["'self'", 'blob:', 'data:'],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

const common = {
  // Together these isolate the page from other origins; without that, browsers give WebAssembly no threads.
  crossOriginOpenerPolicy: 'same-origin',
  crossOriginEmbedderPolicy: 'require-corp',
  crossOriginResourcePolicy: 'same-origin',
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
  strictTransportSecurity: false, // this is HTTP
} as const;

const apiHeaders = secureHeaders({ ...common, contentSecurityPolicy: apiPolicy });
const pageHeaders = secureHeaders({ ...common, contentSecurityPolicy: pagePolicy });

export function serverApp(options: AppOptions): Hono<Env> {
  const { service, metrics, token, hosts, stopping, onAnswer, onFault } = options;
  // A page built for static hosts may have files with the paths of API answers.
  const files = new Map([...options.files].filter(([path]) => !isAnswer(path)));
  const app = new Hono<Env>();
  const document = openApiDocument({
    version: options.version,
    rules: service.rules,
    token: token !== undefined,
  });

  app.use(async (c, next) => {
    const time = new Date();
    const start = performance.now();
    await next();
    const ms = performance.now() - start;
    const { method, path } = c.req;
    const gone = c.req.raw.signal.aborted;
    const status = gone ? clientGone : c.res.status;
    if (gone) metrics.clientGone();
    if (stopping()) c.res.headers.set('Connection', 'close');
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
    metrics.answered(routeOf(path, files), method, status, ms);
    const remote = c.env.incoming.socket.remoteAddress ?? '';
    onAnswer?.({ time, remote, method, path, status, ms });
    await discardRest(c.env.incoming);
  });

  app.use((c, next) => (files.has(c.req.path) ? pageHeaders(c, next) : apiHeaders(c, next)));

  app.use(async (c, next) => {
    const { path } = c.req;
    const origin = token === undefined ? c.req.header('origin') : undefined;
    if (hosts !== undefined) checkHost(c.req.header('host'), origin, hosts);
    if (token !== undefined && !open.has(path) && !files.has(path)) {
      checkToken(c.req.header('authorization'), token);
    }
    await next();
  });

  route('get', '/healthz', (c) => {
    if (stopping()) throw new Problem(503, 'the server is stopping');
    return c.json({ status: 'ok' });
  });
  route('get', '/openapi.json', (c) => c.json(document));
  route('get', '/metrics', async (c) =>
    c.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType }),
  );
  route('get', '/v1/model', (c) => c.json(describeModels(service)));
  route('get', '/v1/model/file', (c) => {
    const names = c.req.queries('model') ?? [];
    if (names.length > 1) throw new Problem(422, "the parameter 'model' is given twice");
    const { name, file: bytes, sha256 } = service.model(names[0]);
    const etag = `"${sha256}"`;
    // The file name for saving it.
    c.header('Content-Disposition', `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}.onnx"`);
    return sendFile(c, { bytes, etag, type: 'application/octet-stream' }, 'private, no-cache');
  });
  route('get', '/v1/results/:id/:name', (c) => {
    const { id = '', name = '' } = c.req.param();
    const file = service.results.get(id, name);
    if (file === undefined) throw new Problem(404, 'there is no such result, or it has expired');
    return send(c, file.bytes, { 'Content-Type': file.type });
  });
  route('post', '/v1/predict', (c) => withPicture(c, (...given) => service.predict(...given)));
  route('post', '/v1/explain', (c) => withPicture(c, (...given) => service.explain(...given)));
  for (const [path, file] of files) {
    // The names of built assets contain a hash of their content.
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    route('get', path, (c) => sendFile(c, file, cache));
  }

  app.notFound(() => new Problem(404, 'there is nothing under this path').toResponse());
  app.onError((error) => {
    if (error instanceof Problem) {
      // The client has disconnected: nobody reads the answer.
      return error.status === clientGone ? new Response(null, { status: 500 }) : error.toResponse();
    }
    onFault(error);
    return faultProblem().toResponse();
  });
  return app;

  /** One method of a path; other methods are refused. */
  function route(
    method: 'get' | 'post',
    path: string,
    answer: (c: Context<Env>) => Response | Promise<Response>,
  ): void {
    app[method](path, answer);
    const allow = method === 'get' ? 'GET, HEAD' : 'POST';
    app.all(path, (c) => {
      throw new Problem(405, `this path allows ${allow}, got ${c.req.method}`, { Allow: allow });
    });
  }

  async function withPicture(
    c: Context<Env>,
    answer: (body: Body, query: [string, string][], gone: AbortSignal) => Promise<object>,
  ): Promise<Response> {
    if (stopping()) throw new Problem(503, 'the server is stopping', { 'Retry-After': '10' });
    service.admission.check(); // before reading a body that could not be processed
    const query = [...new URL(c.req.url).searchParams];
    const gone = c.req.raw.signal;
    return await withBody(c.req.raw, options.body, async (body) => c.json(await answer(body, query, gone)));
  }
}

function describeModels({ models, rules }: Service): object {
  return {
    default: rules.models[0],
    models: [...models.values()].map(({ name, model, device, methods, sizes, file, sha256 }) => ({
      name,
      type: model.type,
      classes: model.classes,
      im_size: model.imSize,
      im_sizes: sizes,
      channels: model.channels,
      imported: model.imported && describeImport(model.imported),
      device,
      methods,
      file: { href: `model/file?model=${encodeURIComponent(name)}`, bytes: file.length, sha256 },
    })),
  };
}

function describeImport({ source, head, preprocessing, fit, layers }: ImportFacts): object {
  return {
    source,
    head,
    layer: layers.target,
    preprocessing,
    crop: fit === 'squash' ? undefined : fit.crop,
  };
}

function sendFile(c: Context, { bytes, etag, type }: StaticFile, cache: string): Response {
  const headers = { ETag: etag, 'Cache-Control': cache };
  if (hasTag(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers);
  return send(c, bytes, { ...headers, 'Content-Type': type });
}

function send(c: Context, bytes: Uint8Array, headers: Record<string, string>): Response {
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    ...headers,
    'Content-Length': String(bytes.length),
  });
}

/** The route of a path, one of a few names, for the metrics. */
function routeOf(path: string, files: AppOptions['files']): string {
  if (path.startsWith('/v1/results/')) return '/v1/results/{id}/{name}';
  if (known.has(path)) return path;
  return files.has(path) ? 'page' : 'unknown';
}

function isAnswer(path: string): boolean {
  return path.startsWith('/v1/') || known.has(path);
}

const known: ReadonlySet<string> = new Set([
  '/healthz',
  '/metrics',
  '/openapi.json',
  '/v1/explain',
  '/v1/model',
  '/v1/model/file',
  '/v1/predict',
]);
