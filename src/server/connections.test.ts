import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { Connections } from './connections.ts';

let server: Server;
let now = 0;
const sockets: Socket[] = [];

/** A server that never answers `/slow`, and answers other paths once their body has arrived. */
async function start(all: number, ofAddress: number): Promise<Connections> {
  now = 0;
  server = createServer((request, response) => {
    request.on('end', () => request.url !== '/slow' && response.end('ok'));
    request.resume();
  });
  const connections = new Connections({ all, ofAddress, grace: 1000, now: () => now });
  connections.watch(server, (socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return connections;
}

interface Client {
  text: string;
  closed: boolean;
  readonly socket: Socket;
}

/** Connects from an address of the loopback interface, and sends a text. */
async function open(say = '', from = '127.0.0.1'): Promise<Client> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  const client: Client = { text: '', closed: false, socket };
  socket.on('data', (chunk) => {
    client.text += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    client.closed = true;
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  if (say !== '') await new Promise((resolve) => socket.write(say, resolve));
  return client;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(5);
}

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
  server.closeAllConnections();
});

const head = (path: string, length = 0): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;

test('closes the longest idle connection first, then one with a slow body, never one at work', async () => {
  const connections = await start(3, 3);
  const work = await open(head('/slow'));
  await until(() => connections.size === 1);
  now = 10;
  const body = await open(head('/', 100));
  await until(() => connections.size === 2);
  now = 20;
  const idle = await open('POST / HT');
  await until(() => connections.size === 3);
  // The server has registered the requests by now.
  await sleep(50);
  now = 5000;
  const first = await open(head('/'));
  await until(() => first.text.endsWith('ok'));
  expect([work, body, idle].map(({ closed }) => closed)).toEqual([false, false, true]);
  now = 5100;
  const second = await open(head('/slow'));
  await until(() => body.closed);
  now = 9000;
  const third = await open(head('/slow'));
  await until(() => first.closed);
  await sleep(50);
  now = 20_000;
  const refused = await open();
  await until(() => refused.closed);
  expect(refused.text).toMatch(/^HTTP\/1.1 503/);
  expect([work, second, third].map(({ closed }) => closed)).toEqual([false, false, false]);
});

test('keeps a new connection', async () => {
  const connections = await start(1, 1);
  const first = await open();
  await until(() => connections.size === 1);
  const refused = await open();
  await until(() => refused.closed);
  now = 1000;
  const second = await open(head('/'));
  await until(() => second.text.endsWith('ok'));
  await until(() => first.closed);
});

test.runIf(process.platform === 'linux')(
  'an address over its share loses its own connections, not those of others',
  async () => {
    const connections = await start(6, 3);
    const other = await open('', '127.0.0.2');
    await until(() => connections.size === 1);
    now = 10;
    const greedy: Client[] = [];
    for (let i = 0; i < 8; i++) {
      now += 2000;
      greedy.push(await open());
      await until(() => greedy.filter(({ closed }) => !closed).length === Math.min(i + 1, 3));
    }
    expect(other.closed).toBe(false);
    expect(connections.size).toBe(4);
  },
);
