import { expect, test } from 'vitest';
import { mapAhead } from './map-ahead.ts';

test('mapAhead keeps the order and its bound', async () => {
  let running = 0;
  let most = 0;
  const work = async (i: number): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, (i * 7) % 5));
    running--;
    return i;
  };
  const got: number[] = [];
  for await (const i of mapAhead([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], work, 3)) got.push(i);
  expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(most).toBe(3);
});
