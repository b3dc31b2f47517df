import { expect, test } from 'vitest';
import type { Container } from './container.ts';
import { fileContainer } from './file-container.ts';
import { type ShuffledPosition, type ShuffleOptions, shuffledStream } from './shuffled-stream.ts';

/** As a tar, of which shards have whole ones. */
function tarOf(name: string, count: number): Container {
  const paths = Array.from({ length: count }, (_, i) => `${name}${i}`);
  return { ...fileContainer(paths), kind: 'tar', path: `${name}.tar` };
}

const containers = [tarOf('a', 7), tarOf('b', 5), tarOf('c', 6), tarOf('d', 1)];
const everything = containers.flatMap(({ path, size }) =>
  Array.from({ length: size }, (_, i) => `${path[0]}${i}`),
);

async function keys(
  options: Partial<ShuffleOptions>,
): Promise<{ keys: string[]; positions: ShuffledPosition[] }> {
  const [found, positions]: [string[], ShuffledPosition[]] = [[], []];
  for await (const { picture, next } of shuffledStream(containers, {
    seed: 1,
    buffer: 4,
    epochs: 2,
    ...options,
  })) {
    found.push(picture.key);
    positions.push(next);
  }
  return { keys: found, positions };
}

test('each epoch has every picture once, in its own order, given by the seed', async () => {
  const { keys: found } = await keys({});
  const [first, second] = [found.slice(0, 19), found.slice(19)];
  expect(first.toSorted()).toEqual(everything.toSorted());
  expect(second.toSorted()).toEqual(everything.toSorted());
  expect(second).not.toEqual(first);
  expect((await keys({})).keys).toEqual(found);
  expect((await keys({ seed: 2 })).keys).not.toEqual(found);
});

test('the shares of an epoch cover all pictures, with whole containers each', async () => {
  for (const epochs of [1, 3]) {
    const shares = await Promise.all([0, 1].map((index) => keys({ epochs, shard: { index, count: 2 } })));
    expect(shares.flatMap((share) => share.keys).toSorted()).toEqual(
      Array.from({ length: epochs }, () => everything)
        .flat()
        .toSorted(),
    );
  }
});

test.each([1, 4, 5, 19, 100])(
  'with blocks of %i, resumes from every position with the same pictures',
  async (buffer) => {
    for (const shard of [
      { index: 0, count: 1 },
      { index: 1, count: 2 },
      { index: 4, count: 6 },
    ]) {
      const { keys: found, positions } = await keys({ buffer, shard });
      for (const [i, from] of positions.entries()) {
        const kept = JSON.parse(JSON.stringify(from)) as ShuffledPosition;
        expect((await keys({ buffer, shard, from: kept })).keys).toEqual(found.slice(i + 1));
      }
    }
  },
);

test('ends if there are no pictures', async () => {
  const none = [];
  for await (const one of shuffledStream([tarOf('e', 0)], { seed: 1 })) none.push(one);
  expect(none).toEqual([]);
});
