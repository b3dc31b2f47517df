/**
 * The throughput of `hrm serve`, as built: predict and explain, with 1, 8 and 64 clients, each of which sends
 * the next request after the answer. Builds `dist` first.
 *
 *     npx tsx bench/server.bench.ts [--seconds 10] [--clients 1,8,64] [--model models/scenes.onnx] [--size
 *     PIXELS] [PICTURE]
 *
 * The clients run on the same machine, in a process of their own. Memory is the server's resident set, before
 * and after.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { residentMemory } from '../test/helpers/resident-memory.ts';
import { startServerProcess } from '../test/helpers/server.ts';

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    clients: { type: 'string', default: '1,8,64' },
    model: { type: 'string', default: 'models/scenes.onnx' },
    size: { type: 'string' },
  },
  allowPositionals: true,
});
const picture = positionals[0] ?? 'samples/star.jpg';

execFileSync('npm', ['run', '-s', 'build']);
const size = values.size === undefined ? [] : ['--im-size', values.size];
const server = await startServerProcess('.', '--weight-dir', values.model, ...size);
const memory = (): string => `${residentMemory(server.process.pid as number)?.toFixed(0) ?? '?'} MiB`;

interface Load {
  readonly name: string;
  readonly path: string;
}

const loads: readonly Load[] = [
  { name: 'predict', path: '/v1/predict' },
  { name: 'explain, mask', path: '/v1/explain?outputs=mask' },
  { name: 'explain, as by default', path: '/v1/explain' },
];

/** Waits until abandoned requests of the last clients are done: they would slow down the next ones. */
async function idle(): Promise<void> {
  const inWork = async (): Promise<boolean> =>
    !/^hrm_requests_in_work 0$/m.test(await (await fetch(`${server.address}/metrics`)).text());
  while (await inWork()) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** One row of the table: requests of one kind by some clients. */
async function row({ name, path }: Load, connections: number): Promise<string> {
  const before = memory();
  const { requests, latency, errors, timeouts, non2xx } = await autocannon({
    url: server.address + path,
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: readFileSync(picture),
    connections,
    duration: Number(values.seconds),
    timeout: 60,
  });
  const numbers = [requests.average.toFixed(1), latency.p50, latency.p99, errors + timeouts, non2xx];
  return `| ${[name, connections, ...numbers, before, memory()].join(' | ')} |`;
}

try {
  console.log('| | clients | requests/s | p50 ms | p99 ms | errors | not 2xx | memory before | after |');
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const load of loads) {
    for (const clients of values.clients.split(',')) {
      console.log(await row(load, Number(clients)));
      await idle();
    }
  }
} finally {
  await server.stop();
}
