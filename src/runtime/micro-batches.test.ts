import { expect, test } from 'vitest';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { imagesPerRun, inMicroBatches } from './micro-batches.ts';
import type { Session } from './session.ts';

test('large images run one by one, small ones several at a time', () => {
  expect(imagesPerRun(224, 224)).toBe(1);
  expect(imagesPerRun(128, 128)).toBe(2);
  expect(imagesPerRun(64, 32)).toBe(16);
  expect(imagesPerRun(4096, 4096)).toBe(1);
});

/**
 * A session that doubles `class_index` and returns each image's first pixel; it records the number of images
 * of each run.
 */
function doubling(runs: number[]): Session {
  return {
    inputNames: ['image', 'class_index'],
    outputNames: ['twice', 'first'],
    async run(feeds, outputs = ['twice', 'first']) {
      const { image, class_index: index } = feeds as {
        image: Tensor<'float32'>;
        class_index: Tensor<'int64'>;
      };
      const n = image.shape[0];
      runs.push(n);
      const size = image.data.length / n;
      const results: Record<string, Tensor> = {
        twice: tensor(
          'int64',
          [n],
          index.data.map((value) => 2n * value),
        ),
        first: tensor(
          'float32',
          [n, 1],
          Array.from({ length: n }, (_, i) => image.data[i * size]),
        ),
      };
      return Object.fromEntries(outputs.map((name) => [name, results[name]]));
    },
    release: async () => {},
  };
}

test('micro-batches give the same results as the batch, in order, with a smaller last one', async () => {
  const runs: number[] = [];
  const image = tensor('float32', [5, 128, 128, 3]);
  for (let i = 0; i < 5; i++) image.data[i * 128 * 128 * 3] = i / 8;
  const feeds = { image, class_index: tensor('int64', [5], [4, 3, 2, 1, 0]) };
  const { twice, first } = await inMicroBatches(doubling(runs)).run(feeds);
  expect(runs).toEqual([2, 2, 1]);
  expect(twice).toEqual(tensor('int64', [5], [8, 6, 4, 2, 0]));
  expect(first).toEqual(tensor('float32', [5, 1], [0, 1 / 8, 2 / 8, 3 / 8, 4 / 8]));
});

test('returns only the requested outputs', async () => {
  const feeds = { image: tensor('float32', [3, 128, 128, 1]), class_index: tensor('int64', [3], [1, 2, 3]) };
  expect(Object.keys(await inMicroBatches(doubling([])).run(feeds, ['first']))).toEqual(['first']);
});
