/** `hrm serve` under requests that mean no good: it answers each as it should, and goes on serving the others. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { hostileCases, hostileTable, runHostile } from '../tools/fuzz/hostile-requests.ts';
import { startServerProcess } from './helpers/server.ts';

const root = join(import.meta.dirname, '..');

test('answers as before after hundreds of hostile requests', async () => {
  const picture = readFileSync(join(root, 'samples', 'star.jpg'));
  const small = await sharp(picture).resize(64).png().toBuffer();
  const server = await startServerProcess(root, '--log', 'json', '--timeout', '3600');
  try {
    const predict = async (): Promise<unknown> => {
      const init = { method: 'POST', body: picture, headers: { 'Content-Type': 'image/jpeg' } };
      return await (await fetch(`${server.address}/v1/explain?outputs=mask,merged`, init)).json();
    };
    const before = await predict();
    const cases = await hostileCases(small, 1);
    expect(cases.length).toBeGreaterThan(400);
    const [results, meanwhile] = await Promise.all([runHostile(server.port, cases), predict()]);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results).toHaveLength(cases.length);
    expect(hostileTable(results).join('\n')).toContain('killed clients');
    expect(meanwhile).toEqual(before);
    expect(await predict()).toEqual(before);
    // Nothing is left behind: no work, no fault, no trace.
    const figures = await (await fetch(`${server.address}/metrics`)).text();
    expect(figures).toContain('\nhrm_requests_in_work 0\n');
    expect(figures).toContain('\nhrm_images_waiting 0\n');
    expect(server.errors).toEqual([]);
    for (const line of server.lines.slice(1)) expect(JSON.parse(line).status).not.toBe(500);
  } finally {
    expect(await server.stop()).toBe(0);
  }
});
