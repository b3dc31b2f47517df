/**
 * A server whose model answers when the test releases it: what happens in between, and with incomplete
 * requests.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, expect, test, vi } from 'vitest';
import type { Explanation } from '../explain/cam-model.ts';
import { tensor } from '../tensor/tensor.ts';
import { predictAnswers } from './answers.ts';
import { Metrics } from './metrics.ts';
import { ServedModel } from './served-model.ts';
import { type RunningServer, type ServerOptions, startServer } from './server.ts';
import { Service, type ServiceOptions } from './service.ts';

const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
  .png()
  .toBuffer();

/** Pending answers of the model; each call releases one. */
let owed: (() => void)[] = [];
let faults: unknown[] = [];
let fail = false;
let hold = false;
let released = 0;
let running: RunningServer | undefined;
const lines: string[] = [];

const classes = ['cat', 'dog'];

const fake = {
  type: 'full' as const,
  classes,
  imSize: 32,
  channels: 3,
  network: { sizes: { multiple: 32 } },
  classIndex: () => undefined,
  expand: async () => undefined,
  topN: ({ data }: Explanation['probabilities'], n: number) => [
    Array.from(data, (probability, index) => ({ index, name: classes[index], probability })).slice(0, n),
  ],
  async explain({ shape: [n] }: { shape: readonly number[] }): Promise<Explanation> {
    if (hold) await new Promise<void>((resolve) => owed.push(resolve));
    if (fail) throw new Error('secret detail');
    return {
      probabilities: tensor(
        'float32',
        [n, 2],
        Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 0.25 : 0.75)),
      ),
      explainedClass: new Array(n).fill(0),
      lowResCam: tensor('float32', [n, 2, 2]),
      highResCam: tensor('float32', [n, 32, 32]),
    };
  },
  async release() {
    released++;
  },
};

async function start(
  limits: Partial<ServiceOptions> = {},
  options: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  [owed, faults, fail, hold, released] = [[], [], false, false, 0];
  lines.length = 0;
  const metrics = new Metrics();
  const model = new ServedModel({
    name: 'fake',
    model: fake,
    file: new Uint8Array(1),
    device: 'cpu',
    maxBatch: 1,
    batchWait: 0,
  });
  const service = new Service({
    models: [model],
    metrics,
    maxPixels: 1e6,
    maxResultPixels: 1e6,
    maxImSize: 512,
    maxRequests: 4,
    timeout: 60,
    workers: 1,
    storeBytes: 1e6,
    storeSeconds: 60,
    ...limits,
  });
  await service.warmUp();
  hold = true;
  running = await startServer({
    service,
    metrics,
    version: '1.2.3',
    host: '127.0.0.1',
    port: 0,
    maxBody: 1e6,
    timeout: 60,
    stopTimeout: 60,
    log: 'text',
    write: (line) => lines.push(line),
    onFault: (error) => faults.push(error),
    ...options,
  });
  return running;
}

afterEach(async () => {
  for (const answer of owed) answer();
  await running?.stop();
  running = undefined;
});

const predict = ({ address }: RunningServer, signal?: AbortSignal): Promise<Response> =>
  fetch(`${address}/v1/predict`, {
    method: 'POST',
    body: picture,
    headers: { 'Content-Type': 'image/png' },
    signal,
  });

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(5);
}

/** Waits until a metric of the server has this value. */
async function figure({ address }: RunningServer, name: string, value: number): Promise<void> {
  const told = async (): Promise<string> => await (await fetch(`${address}/metrics`)).text();
  await until(async () => new RegExp(`^${name}(\\{.*\\})? ${value}$`, 'm').test(await told()));
}

/** All that a socket receives until it is closed. */
async function talk({ address }: RunningServer, say: (socket: Socket) => void): Promise<string> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  say(socket);
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(chunks).toString();
}

test('a request that times out is answered; its place is freed when the model is done', async () => {
  const timeout = 1234;
  const server = await start({ timeout, maxRequests: 1 });
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const first = predict(server);
  await until(() => owed.length === 1);
  // The test decides when its time is over.
  const [end] = timers.mock.calls.find(([, milliseconds]) => milliseconds === 1000 * timeout) ?? [];
  timers.mockRestore();
  end?.();
  const late = await first;
  expect([late.status, late.headers.get('retry-after')]).toEqual([503, '10']);
  expect(await late.json()).toMatchObject({ detail: 'not finished within 1234 s' });
  const refused = await predict(server);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(owed).toHaveLength(1);
  owed[0]();
  await figure(server, 'hrm_requests_in_work', 0);
  const good = predict(server);
  await until(() => owed.length === 2);
  owed[1]();
  expect((await good).status).toBe(200);
});

test('recognises pictures by content; several pictures have answers in order, including errors', async () => {
  const server = await start();
  hold = false;
  const send = async (body: BodyInit, headers = {}): Promise<[number, Record<string, unknown>]> => {
    const answer = await fetch(`${server.address}/v1/predict?top_k=1`, { method: 'POST', body, headers });
    return [answer.status, (await answer.json()) as Record<string, unknown>];
  };
  const good = expect.objectContaining({ picture_size: [64, 64] });
  for (const type of ['image/jpg', 'application/octet-stream', 'image/jpeg', 'text/html']) {
    expect(await send(new Uint8Array(picture), { 'Content-Type': type })).toEqual([200, good]);
  }
  expect(await send(new Uint8Array(picture))).toEqual([200, good]);
  const base64 = picture.toString('base64');
  const json = { 'Content-Type': 'application/json' };
  expect(await send(JSON.stringify({ image: `data:image/png;base64,${base64}` }), json)).toEqual([200, good]);
  const bad = {
    error: expect.objectContaining({ status: 422, detail: expect.stringContaining('cannot be read') }),
  };
  expect(await send(JSON.stringify({ image: [base64, 'aGVsbG8=', base64] }), json)).toEqual([
    200,
    { pictures: [good, bad, good] },
  ]);
  const form = new FormData();
  for (const bytes of ['hello', new Uint8Array(picture)]) form.append('image', new Blob([bytes]), 'a');
  const [status, answer] = await send(form);
  expect([status, answer]).toEqual([200, { pictures: [bad, good] }]);
  predictAnswers.parse(answer);
  // The parameters are invalid for all of them.
  form.append('top', '1');
  expect((await send(form))[0]).toBe(422);
  expect(faults).toEqual([]);
});

test('ends the thread of work that times out, without affecting other requests', async () => {
  const timeout = 1234;
  const pictureWorker = new URL('../../test/helpers/blocking-picture-worker', import.meta.url);
  const server = await start({ timeout, workers: 2, pictureWorker });
  hold = false;
  const blocking = await sharp({ create: { width: 13, height: 9, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const blocked = [0, 1].map(() =>
    fetch(`${server.address}/v1/predict`, {
      method: 'POST',
      body: blocking,
      headers: { 'Content-Type': 'image/png' },
    }),
  );
  await figure(server, 'hrm_requests_in_work', 2);
  const waiting = predict(server);
  await figure(server, 'hrm_requests_in_work', 3);
  const ends = timers.mock.calls.filter(([, milliseconds]) => milliseconds === 1000 * timeout);
  timers.mockRestore();
  // Two threads are busy forever, and one of their requests runs out of time: the next request gets the
  // thread that replaces the ended one.
  ends[0][0]();
  expect((await waiting).status).toBe(200);
  expect((await predict(server)).status).toBe(200);
  ends[1][0]();
  for (const answer of await Promise.all(blocked)) {
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ detail: 'not finished within 1234 s' });
  }
  await figure(server, 'hrm_requests_in_work', 0);
  expect((await Promise.all([predict(server), predict(server)])).map(({ status }) => status)).toEqual([
    200, 200,
  ]);
  expect(faults).toEqual([]);
});

test('does no model work for a client that disconnects while its picture waits', async () => {
  const server = await start();
  const first = predict(server);
  await until(() => owed.length === 1);
  const gone = new AbortController();
  const leaving = predict(server, gone.signal);
  const last = predict(server);
  await figure(server, 'hrm_images_waiting', 2);
  gone.abort();
  await expect(leaving).rejects.toThrow();
  await until(() => lines.some((line) => line.includes(' 499 ')));
  owed[0]();
  await until(() => owed.length === 2);
  owed[1]();
  expect([(await first).status, (await last).status]).toEqual([200, 200]);
  expect(owed).toHaveLength(2);
});

test('an internal error fails its request without details, and is reported to the operator', async () => {
  const server = await start();
  fail = true;
  const failing = predict(server);
  await until(() => owed.length === 1);
  owed[0]();
  const response = await failing;
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ title: 'Internal Server Error', status: 500 });
  expect(text).not.toMatch(/secret|at /);
  expect(faults).toEqual([expect.objectContaining({ message: 'secret detail' })]);
});

test('while stopping, finishes requests in progress and accepts no new ones', async () => {
  const server = await start();
  const begun = predict(server);
  await until(() => owed.length === 1);
  // A connection that is already open, with an incomplete request.
  let socket: Socket | undefined;
  const talking = talk(server, (own) => {
    socket = own;
    own.write(
      'POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\nab',
    );
  });
  // A later request is answered, so the server has registered the connection and its request.
  await until(() => socket?.bytesWritten !== 0 && socket?.pending === false);
  for (let i = 0; i < 2; i++) await (await fetch(`${server.address}/healthz`)).text();
  const stopped = server.stop();
  running = undefined;
  await expect(predict(server)).rejects.toThrow();
  expect(released).toBe(0);
  owed[0]();
  const response = await begun;
  expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
  socket?.write('c');
  // It arrived in time, but is not a picture.
  expect(await talking).toMatch(/^HTTP\/1.1 422 /);
  expect(await stopped).toBe(true);
  expect(released).toBe(1);
});

test('stops after its time limit at the latest', async () => {
  const server = await start({}, { stopTimeout: 0.2 });
  const begun = expect(predict(server)).rejects.toThrow();
  await until(() => owed.length === 1);
  running = undefined;
  expect(await server.stop()).toBe(false);
  await begun;
});

test('answers and closes heads and bodies that arrive too slowly', async () => {
  const server = await start({}, { headTimeout: 0.5, bodyTimeout: 1 });
  const [head, body] = await Promise.all([
    talk(server, (socket) => socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ')),
    talk(server, (socket) => {
      socket.write('POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n');
      socket.write('Content-Length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 50);
      socket.on('close', () => clearInterval(drip));
    }),
  ]);
  for (const answer of [head, body]) {
    expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\nContent-Type: application\/problem\+json/);
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ status: 408 });
  }
});

test('hundreds of slow connections do not block other clients', async () => {
  const server = await start({}, { maxConnections: 60, addressConnections: 40 });
  const { port } = new URL(server.address);
  const sockets = Array.from({ length: 300 }, (_, i) => {
    const socket = connect(Number(port), '127.0.0.1').resume();
    socket.on('error', () => {});
    socket.write(
      i % 2 === 0
        ? 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: '
        : 'POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nab',
    );
    return socket;
  });
  const isAnswered = async (): Promise<boolean> => {
    const answer = await fetch(`${server.address}/healthz`).catch(() => undefined);
    // A connection is not closed within its first second.
    return answer?.status === 200;
  };
  for (let i = 0; i < 3; i++) await until(isAnswered);
  expect(sockets.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(40);
  for (const socket of sockets) socket.destroy();
});

test('keeps a connection open for longer than proxies do', async () => {
  const server = await start();
  const answer = await talk(server, (socket) => {
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  });
  expect(answer).toMatch(/keep-alive: timeout=75/i);
});

test('accepts calls from a proxy only by allowed host names', async () => {
  const call = async (server: RunningServer, host: string, origin = ''): Promise<string> =>
    (
      await talk(server, (socket) =>
        socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n${origin}Connection: close\r\n\r\n`),
      )
    ).slice(9, 12);
  const server = await start({}, { allowedHosts: ['a.example', 'b.example'] });
  const hosts = ['a.example', 'B.example:443', 'c.example', 'localhost'];
  expect(await Promise.all(hosts.map((host) => call(server, host)))).toEqual(['200', '200', '421', '200']);
  expect(await call(server, 'a.example', 'Origin: https://a.example\r\n')).toBe('200');
  expect(await call(server, 'a.example', 'Origin: https://c.example\r\n')).toBe('403');
});

test('answers requests that are not HTTP in the same form', async () => {
  const server = await start();
  const answers = await Promise.all([
    talk(server, (socket) => socket.write('hello\r\n\r\n')),
    talk(server, (socket) =>
      socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    ),
  ]);
  expect(answers.map((answer) => JSON.parse(answer.slice(answer.indexOf('{'))).status)).toEqual([400, 431]);
});
