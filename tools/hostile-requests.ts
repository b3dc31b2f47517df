/**
 * Hostile requests, seeded, against `hrm serve`, as built: what came of them, by kind, and whether the server answers afterwards.
 *
 *     npx tsx tools/hostile-requests.ts [SEED [ROUNDS]]
 *
 * Each round has other damage. Exit code 1 where an answer was wrong, or the server was not there any more.
 */
import sharp from 'sharp';
import { residentMemory, startServerProcess } from '../test/helpers/server.ts';
import { hostileCases, hostileTable, runHostile } from './fuzz/hostile-requests.ts';

const [seed = '0', rounds = '1'] = process.argv.slice(2);
const small = await sharp('samples/star.jpg').resize(64).png().toBuffer();
const server = await startServerProcess('.', '--log', 'text');
const memory = (): string => `${residentMemory(server.process.pid as number)?.toFixed(0) ?? '?'} MiB`;
const predict = async (): Promise<string> => {
  const init = { method: 'POST', body: small, headers: { 'Content-Type': 'image/png' } };
  return await (await fetch(`${server.address}/v1/predict`, init)).text();
};
try {
  const before = await predict();
  console.log(`memory before: ${memory()}`);
  for (let round = 0; round < Number(rounds); round++) {
    const start = performance.now();
    const results = await runHostile(server.port, await hostileCases(small, Number(seed) + round));
    console.log(
      `seed ${Number(seed) + round}: ${results.length} requests, ${((performance.now() - start) / 1000).toFixed(1)} s`,
    );
    for (const line of hostileTable(results)) console.log(line);
    for (const { kind, name, outcome } of results.filter(({ ok }) => !ok)) {
      console.log(`wrong: ${kind}, ${name}: ${outcome}`);
      process.exitCode = 1;
    }
    const slowest = results.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 5);
    console.log(
      `slowest: ${slowest.map(({ name, milliseconds }) => `${name} ${milliseconds.toFixed(0)} ms`).join(', ')}`,
    );
    const same = (await predict()) === before;
    console.log(`memory: ${memory()}; the next request is answered ${same ? 'as before' : 'otherwise'}`);
    if (!same) process.exitCode = 1;
  }
  for (const line of server.errors.slice(0, 20)) console.log(`the server said: ${line}`);
} finally {
  console.log(`the server ended with ${await server.stop()}`);
}
