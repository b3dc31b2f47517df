/**
 * The memory of `hrm serve`, as built, while requests keep changing model, method and size: one line for each
 * interval. Builds `dist` first.
 *
 *     npx tsx bench/server-memory.ts [--minutes 10] [--every 15] [--clients 2] [--sizes 224,256,...]
 *     [PICTURE] [-- OPTIONS OF hrm serve]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { random } from '../src/tensor/random.ts';
import { residentMemory } from '../test/helpers/resident-memory.ts';
import { startServerProcess } from '../test/helpers/server.ts';

const own = process.argv.slice(2);
const end = own.indexOf('--');
const { values, positionals } = parseArgs({
  args: end < 0 ? own : own.slice(0, end),
  options: {
    minutes: { type: 'string', default: '10' },
    every: { type: 'string', default: '15' },
    clients: { type: 'string', default: '2' },
    sizes: { type: 'string', default: '128,160,192,224,256,288,320,352,384,416,448,480,512' },
    seed: { type: 'string', default: '0' },
  },
  allowPositionals: true,
});
const picture = readFileSync(positionals[0] ?? 'samples/star.jpg');

execFileSync('npm', ['run', '-s', 'build']);
const server = await startServerProcess('.', ...(end < 0 ? [] : own.slice(end + 1)));
const { models } = (await (await fetch(`${server.address}/v1/model`)).json()) as {
  models: { name: string; methods: string[] }[];
};
const { integer } = random(Number(values.seed));
const oneOf = <T>(list: readonly T[]): T => list[integer(list.length)];
const sizes = values.sizes.split(',');
const start = performance.now();
const until = start + 60_000 * Number(values.minutes);
const statuses = new Map<number, number>();

/**
 * Without Score-CAM, which runs a model a thousand times per picture and would leave no time for the others.
 */
async function client(): Promise<void> {
  while (performance.now() < until) {
    const { name, methods } = oneOf(models);
    const method = oneOf(methods.filter((one) => one !== 'score-cam'));
    const query = `model=${name}&method=${method}&im_size=${oneOf(sizes)}&outputs=mask`;
    const answer = await fetch(`${server.address}/v1/explain?${query}`, { method: 'POST', body: picture });
    await answer.arrayBuffer();
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  }
}

async function line(): Promise<void> {
  const metrics = await (await fetch(`${server.address}/metrics`)).text();
  const [, sessions] = /^hrm_session_bytes (\S+)$/m.exec(metrics) ?? [];
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const memory = residentMemory(server.process.pid as number)?.toFixed(0) ?? '?';
  const answers = [...statuses].map(([status, count]) => `${count} x ${status}`).join(', ');
  console.log(
    `${seconds} s: ${memory} MiB, ${(Number(sessions) / 1e6).toFixed(0)} MB of sessions; ${answers}`,
  );
}

try {
  await line();
  const clients = Promise.all(Array.from({ length: Number(values.clients) }, client));
  const watch = async (): Promise<void> => {
    for (;;) {
      await sleep(1000 * Number(values.every), undefined, { ref: false });
      await line();
    }
  };
  await Promise.race([clients, watch()]);
  await line();
} finally {
  console.log(`the server ended with ${await server.stop()}`, ...server.errors);
}
