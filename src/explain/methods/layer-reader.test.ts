import { expect, test } from 'vitest';
import { gradientName, mapsName, type Network } from '../../models/network.ts';
import type { Session } from '../../runtime/session.ts';
import { tensor } from '../../tensor/tensor.ts';
import { LayerReader } from './layer-reader.ts';

const network = {
  batch: 'any',
  sessionBytes: () => 1,
  gradientModel: async (_: unknown, [height]: readonly [number, number]) => Uint8Array.of(height),
} as unknown as Network;

test('keeps gradient sessions for the last sizes and never releases one in use', async () => {
  const log: string[] = [];
  let busy = 0;
  const createSession = async ([size]: Uint8Array): Promise<Session> => {
    log.push(`open ${size}`);
    const running = new Set<symbol>();
    return {
      inputNames: [],
      outputNames: [],
      async run() {
        const run = Symbol();
        running.add(run);
        busy++;
        await new Promise((resolve) => setTimeout(resolve, 1));
        running.delete(run);
        const value = tensor('float32', [1, 1, 1, 1], [size]);
        return { [mapsName('a')]: value, [gradientName('a')]: value };
      },
      async release() {
        expect(running.size).toBe(0);
        log.push(`release ${size}`);
      },
    };
  };
  const reader = new LayerReader(network, ['a'], createSession);
  const read = async (size: number): Promise<void> => {
    const [{ activations }] = await reader.gradients(tensor('float32', [1, size, size, 3]), 0);
    expect(activations.data[0]).toBe(size);
  };
  for (const size of [1, 2, 3, 4, 1, 5]) await read(size);
  expect(log).toEqual(['open 1', 'open 2', 'open 3', 'open 4', 'release 2', 'open 5']);
  await Promise.all([6, 7, 8, 9, 6].map(read));
  expect(busy).toBe(11);
  const releases = (): string[] => log.filter((line) => line.startsWith('release'));
  expect(releases()).toHaveLength(log.length - releases().length - 4);
  await reader.release();
  expect(releases()).toHaveLength(log.length / 2);
});
