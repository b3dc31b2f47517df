/**
 * Serves the page from a cache once it was loaded, so that it works offline. Its answers also isolate the
 * page from other origins, which WebAssembly needs for threads. Static hosts usually do not send these
 * headers; threads then work from the second visit on.
 */

/**
 * Replaced in the build: the site's files, those needed only for WebGPU, and a version that changes with any
 * of them.
 */
declare const SITE: {
  readonly version: string;
  readonly files: readonly string[];
  readonly webgpu: readonly string[];
};

/** Of a model, in the answer of `v1/model`. */
interface ListedFile {
  readonly file: { readonly href: string };
}

interface LateEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchLike extends LateEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: LateEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchLike) => void): void;
  addEventListener(type: 'message', listener: (event: LateEvent & { readonly data: unknown }) => void): void;
}

const scope = globalThis as unknown as Scope;
const base = scope.registration.scope;
const name = `high-res-mapping ${base} ${SITE.version}`;
/** Fetched from the network first: a server's models may have changed. */
const modelAddresses = new URL('v1/model', base).href;
const addressOf = (file: string): string => new URL(file, base).href;

scope.addEventListener('install', (event) => {
  event.waitUntil(keepSite().then(() => scope.skipWaiting()));
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(dropOld().then(() => scope.clients.claim()));
});

scope.addEventListener('message', (event) => {
  const { data } = event;
  event.waitUntil(keep(data === 'webgpu' ? SITE.webgpu : [(data as { address: string }).address]));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(base)) return;
  const url = request.url.split('#')[0];
  if (url.startsWith(modelAddresses)) event.respondWith(modelAnswer(request));
  else if (request.mode === 'navigate') event.respondWith(pageAnswer(request));
  else event.respondWith(answer(request, url));
});

async function keepSite(): Promise<void> {
  await keep(['./', ...SITE.files]);
  // Models that are files of the site; those of a server are kept once they are used.
  const listed = await (await caches.open(name)).match(modelAddresses);
  const { models = [] } = (await listed?.json()) ?? {};
  const addresses = models.map((model: ListedFile) => new URL(model.file.href, modelAddresses).href);
  await keep(addresses.filter((address: string) => !address.startsWith(modelAddresses)));
}

async function keep(files: readonly string[]): Promise<void> {
  const cache = await caches.open(name);
  await Promise.all(
    files.map(async (file) => {
      if (await cache.match(addressOf(file))) return;
      // Some files change without changing their names.
      const found = await fetch(addressOf(file), { cache: 'no-cache' });
      // A server may restrict who may list its models.
      if (!found.ok && addressOf(file).startsWith(modelAddresses)) return;
      if (!found.ok) throw new Error(`${file}: ${found.status}`);
      await cache.put(addressOf(file), found);
    }),
  );
}

async function dropOld(): Promise<void> {
  const mine = `high-res-mapping ${base} `;
  const old = (await caches.keys()).filter((key) => key.startsWith(mine) && key !== name);
  await Promise.all(old.map((key) => caches.delete(key)));
}

async function answer(request: Request, url: string): Promise<Response> {
  return isolated((await (await caches.open(name)).match(url)) ?? (await fetch(request)));
}

/** Answers for the page itself: from the network if there is one, so that a new version appears at once. */
async function pageAnswer(request: Request): Promise<Response> {
  try {
    return isolated(await fetch(request));
  } catch (error) {
    const kept = await (await caches.open(name)).match(addressOf('./'));
    if (kept === undefined) throw error;
    return isolated(kept);
  }
}

/**
 * Answers for a server's list of models, or one of them. One that needed a token must not be available to
 * others, and is not cached.
 */
async function modelAnswer(request: Request): Promise<Response> {
  const cache = await caches.open(name);
  try {
    const found = await fetch(request);
    if (found.ok && !request.headers.has('authorization')) {
      cache.put(request.url, found.clone()).catch(() => {}); // The cache may be full.
    }
    return isolated(found);
  } catch (error) {
    const kept = await cache.match(request.url);
    if (kept === undefined) throw error;
    return isolated(kept);
  }
}

function isolated(found: Response): Response {
  if (found.status === 0 || found.type === 'opaqueredirect') return found;
  const headers = new Headers(found.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  return new Response(found.body, { status: found.status, statusText: found.statusText, headers });
}

export {};
