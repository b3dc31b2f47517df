import { expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { nearPairs } from './near-pairs.ts';

const n = 120;

/** Random hashes, of which every third is an earlier one with a few bits flipped. */
function hashes(seed: number): Uint16Array {
  const { integer } = random(seed);
  const all = Uint16Array.from({ length: 4 * n }, () => integer(2 ** 16));
  for (let i = 3; i < n; i += 3) {
    const other = integer(i);
    all.set(all.subarray(4 * other, 4 * other + 4), 4 * i);
    for (let flips = integer(18); flips > 0; flips--) all[4 * i + integer(4)] ^= 1 << integer(16);
  }
  return all;
}

function apart(all: Uint16Array, i: number, j: number): number {
  const bits = (word: number): number => word.toString(2).replaceAll('0', '').length;
  return [0, 1, 2, 3].reduce((sum, word) => sum + bits(all[4 * i + word] ^ all[4 * j + word]), 0);
}

test.each([0, 1, 3, 4, 7, 10, 15])(
  'finds each pair at a distance of at most %i once, in order',
  (distance) => {
    const all = hashes(distance);
    const expected: [number, number, number][] = [];
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        if (apart(all, i, j) <= distance) expected.push([i, j, apart(all, i, j)]);
      }
    }
    expect(expected.length).toBeGreaterThan(0);
    expect([...nearPairs(all, distance)]).toEqual(expected);
  },
);

test('all equal hashes form pairs; one hash or none gives no pair', () => {
  expect([...nearPairs(new Uint16Array(12), 2)]).toEqual([
    [0, 1, 0],
    [0, 2, 0],
    [1, 2, 0],
  ]);
  expect([...nearPairs(new Uint16Array(4), 2)]).toEqual([]);
  expect([...nearPairs(new Uint16Array(0), 2)]).toEqual([]);
});

test.each([-1, 16, 1.5])('rejects a distance of %d', (distance) => {
  expect(() => [...nearPairs(new Uint16Array(0), distance)]).toThrow(
    `the distance is a whole number from 0 to 15, got ${distance}`,
  );
});
