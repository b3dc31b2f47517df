import { expect, test } from 'vitest';
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import { holdOut } from './hold-out.ts';

function folder(...counts: number[]): ImageFolder {
  const samples = counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ path: `${label}/${i}.jpg`, label })),
  );
  return { dir: 'train', classes: counts.map(String), samples };
}

const paths = (split: ImageFolder | undefined): string[] => split?.samples.map(({ path }) => path) ?? [];
const counts = (split: ImageFolder | undefined): number[] =>
  [0, 1, 2].map((label) => split?.samples.filter((one) => one.label === label).length ?? 0);

test('holds out the share of each class; both parts together are all samples, in order', () => {
  const all = folder(40, 20, 4);
  const { train, heldOut } = holdOut(all, 0.1, 0);
  expect(counts(heldOut)).toEqual([4, 2, 0]);
  expect(counts(train)).toEqual([36, 18, 4]);
  const both = new Set([...paths(train), ...paths(heldOut)]);
  expect(both.size).toBe(64);
  expect(paths(all).filter((path) => paths(train).includes(path))).toEqual(paths(train));
});

test('depends on the seed and on nothing else', () => {
  const all = folder(40, 20, 4);
  expect(paths(holdOut(all, 0.2, 3).heldOut)).toEqual(paths(holdOut(all, 0.2, 3).heldOut));
  expect(paths(holdOut(all, 0.2, 3).heldOut)).not.toEqual(paths(holdOut(all, 0.2, 4).heldOut));
});

test('never holds out a whole class; a share of 0 holds out nothing', () => {
  expect(counts(holdOut(folder(1, 2, 3), 0.9, 0).train)).toEqual([1, 1, 1]);
  expect(holdOut(folder(3, 3, 3), 0.1, 0).heldOut).toBeUndefined();
  expect(holdOut(folder(40, 20, 4), 0, 0).heldOut).toBeUndefined();
});
