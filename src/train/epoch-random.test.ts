import { expect, test } from 'vitest';
import { epochRandom } from './epoch-random.ts';

test('gives the same numbers only for the same seed, purpose and epoch', () => {
  const draws = new Set<string>();
  for (const seed of [0, 1, 2, 7]) {
    for (const purpose of ['order', 'augmentation'] as const) {
      for (let epoch = 1; epoch <= 50; epoch++) {
        const numbers = (): string => {
          const random = epochRandom(seed, purpose, epoch);
          return String([random.next(), random.next()]);
        };
        expect(numbers()).toBe(numbers());
        draws.add(numbers());
      }
    }
  }
  expect(draws.size).toBe(4 * 2 * 50);
});
