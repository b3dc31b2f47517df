/**
 * Requests to every route of `hrm serve`, as built, with random parameters, bodies and forms, and the hostile
 * ones of `hostile-requests.ts`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { refineParameters } from '../../src/refine/parameters.ts';
import { type Random, random } from '../../src/tensor/random.ts';
import { snakeCase } from '../../src/text/case.ts';
import { residentMemory } from '../../test/helpers/resident-memory.ts';
import { startServerProcess } from '../../test/helpers/server.ts';
import { faultOf } from './clear-error.ts';
import { damageBytes } from './damage-bytes.ts';
import { damageJson } from './damage-json.ts';
import { drawParameter } from './draw-parameter.ts';
import { hostileCases, runHostile } from './hostile-requests.ts';
import { oneOf } from './kind.ts';
import { pictureSources } from './picture-sources.ts';

/** The outcome of the requests of a kind. */
export interface RequestResult {
  readonly kind: string;
  readonly name: string;
  readonly status: number | string;
  readonly fault?: string;
  readonly milliseconds: number;
}

export interface RequestsReport {
  readonly results: readonly RequestResult[];
  /** Faults of the server itself, or of the good requests sent in between. */
  readonly faults: readonly string[];
  /** Number of good requests sent in between. */
  readonly witnesses: number;
  /** Resident MiB of the server: before, at most, after. */
  readonly memory: readonly [before: number, most: number, after: number];
}

/**
 * Size of the good requests' pictures. No other request has it, so they are never batched with others, and
 * their results are equal bit for bit.
 */
const ownSize = 288;
/** Time limit of a request, in milliseconds. */
const patience = 120_000;
const oddValues = [
  '',
  ' ',
  '-1',
  '0',
  'NaN',
  '1e999',
  '\u0000',
  '\u001b[31m',
  '../x',
  'x'.repeat(3000),
  '[]',
  'null',
];

function queryOf(
  route: string,
  models: readonly string[],
  methods: readonly string[],
  rng: Random,
): URLSearchParams {
  const query = new URLSearchParams();
  const odd = (value: string): string => (rng.next() < 0.01 ? oneOf(rng, oddValues) : value);
  const maybe = (share: number, name: string, value: () => string): void => {
    if (rng.next() < share) query.append(odd(name) || name, odd(value()));
  };
  maybe(0.8, 'model', () => oneOf(rng, models));
  maybe(0.4, 'im_size', () => String(32 * (1 + rng.integer(8))));
  if (route === '/v1/predict') {
    maybe(0.4, 'top_k', () => String(1 + rng.integer(8)));
    return query;
  }
  maybe(0.3, 'method', () =>
    oneOf(
      rng,
      methods.filter((one) => one !== 'score-cam'),
    ),
  );
  maybe(0.15, 'class', () => String(rng.integer(6)));
  maybe(0.1, 'top', () => String(1 + rng.integer(3)));
  maybe(0.9, 'outputs', () =>
    oneOf(rng, ['', 'mask', 'mask,merged', 'cut_out,overlay', 'pipeline,low_res_cam']),
  );
  maybe(0.2, 'format', () => oneOf(rng, ['auto', 'npy', 'png']));
  maybe(0.2, 'deliver', () => oneOf(rng, ['inline', 'link']));
  for (const parameter of refineParameters) {
    maybe(0.02, snakeCase(parameter.name), () => String(drawParameter(parameter, rng)));
  }
  return query;
}

interface Body {
  readonly type: string | undefined;
  readonly bytes: Uint8Array;
}

/** A picture, usually damaged, as it is, in a form or in JSON, which may be damaged, too. */
function bodyOf(sources: Awaited<ReturnType<typeof pictureSources>>, rng: Random): Body {
  const picture = (): Uint8Array => {
    const [, bytes] = oneOf(rng, sources);
    return rng.next() < 0.6 ? damageBytes(bytes, rng) : bytes;
  };
  const way = rng.next();
  if (way < 0.5) return { type: oneOf(rng, ['image/png', 'image/jpeg', undefined]), bytes: picture() };
  if (way < 0.75) {
    const pictures = Array.from({ length: 1 + rng.integer(3) }, () =>
      Buffer.from(picture()).toString('base64'),
    );
    const content = oneOf<object>(rng, [{ image: pictures[0] }, { images: pictures }]);
    const bytes = rng.next() < 0.5 ? damageJson(content, rng) : Buffer.from(JSON.stringify(content));
    return { type: 'application/json', bytes };
  }
  const part = (bytes: Uint8Array): Buffer =>
    Buffer.concat([
      Buffer.from('--B\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'),
      bytes,
      Buffer.from('\r\n'),
    ]);
  const whole = Buffer.concat([
    ...Array.from({ length: 1 + rng.integer(2) }, () => part(picture())),
    Buffer.from('--B--\r\n'),
  ]);
  const bytes = rng.next() < 0.3 ? damageBytes(whole, rng) : whole;
  return { type: 'multipart/form-data; boundary=B', bytes };
}

const gets = ['/', '/healthz', '/metrics', '/openapi.json', '/v1/model', '/v1/model/file', '/v1/results/x/y'];

/**
 * Sends requests.
 * @param seed a whole number
 * @param tell called with the progress
 */
export async function fuzzRequests(
  count: number,
  seed: number,
  tell: (done: number) => void,
): Promise<RequestsReport> {
  const rng = random(seed);
  const sources = await pictureSources();
  const server = await startServerProcess('.', '--log', 'json', '--timeout', '100');
  const memory = (): number => residentMemory(server.process.pid as number) ?? 0;
  const good = await sharp('samples/star.jpg').resize(64).png().toBuffer();
  const results: RequestResult[] = [];
  const faults: string[] = [];
  const { models } = (await (await fetch(`${server.address}/v1/model`)).json()) as {
    models: { name: string; methods: string[] }[];
  };

  const one = async (number: number): Promise<RequestResult> => {
    const own = random(seed * 1_000_003 + number);
    const post = own.next() < 0.9;
    const route = post ? oneOf(own, ['/v1/explain', '/v1/explain', '/v1/predict']) : oneOf(own, gets);
    const query = queryOf(
      route,
      models.map(({ name }) => name),
      models[0].methods,
      own,
    );
    const { type, bytes } = bodyOf(sources, own);
    const init = post
      ? {
          method: 'POST',
          body: Buffer.from(bytes),
          headers: type === undefined ? undefined : { 'Content-Type': type },
        }
      : {};
    const start = performance.now();
    const name = `${route} ${number}`;
    const done = (status: number | string, fault?: string): RequestResult => ({
      ...{
        kind: `random requests to ${route}`,
        name,
        status,
        fault,
        milliseconds: performance.now() - start,
      },
    });
    try {
      const answer = await fetch(`${server.address}${route}?${query}`, {
        ...init,
        signal: AbortSignal.timeout(patience),
      });
      return done(
        answer.status,
        faultIn(answer.status, await answer.text(), answer.headers.get('content-type')),
      );
    } catch (error) {
      return done('no answer', `${String(error)} ${String((error as Error).cause ?? '')}`);
    }
  };

  const predict = async (): Promise<string> => {
    const init = { method: 'POST', body: good, headers: { 'Content-Type': 'image/png' } };
    const answer = await fetch(
      `${server.address}/v1/explain?outputs=mask,merged&model=scenes&im_size=${ownSize}`,
      init,
    );
    return `${answer.status} ${await answer.text()}`;
  };

  try {
    const first = await predict();
    const before = memory();
    let [most, witnesses, over] = [before, 0, false];
    const witness = (async () => {
      while (!over) {
        const found = await predict();
        witnesses++;
        if (found !== first) faults.push(`a good request was answered otherwise: ${found.slice(0, 300)}`);
        most = Math.max(most, memory());
        await sleep(300);
      }
    })();
    while (results.length < count) {
      const hostile = (await hostileCases(good, rng.integer(2 ** 31))).slice(
        0,
        Math.ceil((count - results.length) / 2),
      );
      for (const { kind, name, outcome, ok, milliseconds } of await runHostile(server.port, hostile)) {
        const fault = ok ? undefined : `answered with ${outcome}`;
        results.push({ kind: `hostile requests: ${kind}`, name, status: outcome, fault, milliseconds });
      }
      tell(results.length);
      const numbers = Array.from(
        { length: Math.min(hostile.length, count - results.length) },
        (_, i) => results.length + i,
      );
      const client = async (): Promise<void> => {
        for (let next = numbers.pop(); next !== undefined; next = numbers.pop())
          results.push(await one(next));
      };
      await Promise.all(Array.from({ length: 4 }, client));
      tell(results.length);
    }
    over = true;
    await witness;
    const figures = await (await fetch(`${server.address}/metrics`)).text();
    for (const left of ['hrm_requests_in_work', 'hrm_images_waiting']) {
      if (!figures.includes(`\n${left} 0\n`)) faults.push(`${left} is not 0 at the end`);
    }
    faults.push(...server.errors.slice(0, 20).map((line) => `the server printed: ${line}`));
    return { results, faults, witnesses, memory: [before, most, memory()] };
  } finally {
    const ended = await server.stop();
    if (ended !== 0) faults.push(`the server ended with ${ended}`);
  }
}

/** What is wrong with an answer: an internal error, or a problem that is not one clear line. */
function faultIn(status: number, body: string, type: string | null): string | undefined {
  if (status >= 500 && status !== 503) return `${status}: ${body.slice(0, 300)}`;
  if (status < 400) return undefined;
  if (!type?.startsWith('application/problem+json')) return `${status} as ${type}: ${body.slice(0, 300)}`;
  const { detail } = JSON.parse(body) as { detail?: string };
  return faultOf(new Error(detail ?? ''));
}
