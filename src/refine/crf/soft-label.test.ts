import { expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { sampleBilinear } from '../../tensor/sample-bilinear.ts';
import { type FloatMap, type Picture, tensor } from '../../tensor/tensor.ts';
import { softLabel } from './soft-label.ts';

const size = 64;

/**
 * A disc of one colour on a background of another, off the middle; its mask; a map of 4 x 4 as a coarse
 * network would give it.
 */
function discScene(): { picture: Picture; mask: Uint8Array; cam: FloatMap } {
  const picture = tensor('uint8', [size, size, 3]);
  const mask = new Uint8Array(size * size);
  const cam = tensor('float32', [4, 4]);
  const rng = random(3);
  for (let i = 0; i < mask.length; i++) {
    const [y, x] = [Math.floor(i / size), i % size];
    mask[i] = Number(Math.hypot(x - 38, y - 27) < 17);
    const colour = mask[i] ? [200, 110, 40] : [60, 120, 150];
    for (let c = 0; c < 3; c++) picture.data[3 * i + c] = colour[c] + rng.uniform(-15, 15);
    cam.data[4 * Math.floor(y / 16) + Math.floor(x / 16)] += mask[i] / 256;
  }
  return { picture, mask, cam };
}

/** Intersection over union of the mask with the pixels above a value, for the best of 100 values. */
function bestIou({ data }: FloatMap, mask: Uint8Array): number {
  const max = Math.max(...data);
  const min = Math.min(...data);
  let best = 0;
  for (let level = 0; level < 100; level++) {
    const bound = min + ((max - min) * level) / 100;
    let both = 0;
    let either = 0;
    data.forEach((value, i) => {
      const found = value > bound;
      if (found && mask[i]) both++;
      if (found || mask[i]) either++;
    });
    best = Math.max(best, both / either);
  }
  return best;
}

test('covers an object better than its map', () => {
  const { picture, mask, cam } = discScene();
  const label = softLabel(cam, picture, size);
  const [before, after] = [bestIou(sampleBilinear(cam, size, size), mask), bestIou(label, mask)];
  expect(after).toBeGreaterThan(before);
  // The grid's cells are larger than pixels, so the outline is not exact.
  expect(after).toBeGreaterThan(0.9);
  // Without a threshold, too: probabilities are high on the object and low elsewhere.
  const mean = (of: number): number => {
    const values = label.data.filter((_, i) => mask[i] === of);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  expect(mean(1)).toBeGreaterThan(0.8);
  expect(mean(0)).toBeLessThan(0.2);
});

test.each([
  ['another size than the picture', [5, 7], [33, 20, 3], 16],
  ['a grey picture', [14, 14], [40, 40, 1], 32],
  ['a picture of one pixel', [2, 2], [1, 1, 3], 8],
  ['a map of one pixel', [1, 1], [30, 30, 3], 8],
  ['the size of the grid', [4, 4], [48, 48, 3], 48],
] as const)('%s: has the right shape and range', (_, camShape, shape, wanted) => {
  const rng = random(4);
  const cam = tensor('float32', camShape);
  cam.data.forEach((_, i) => {
    cam.data[i] = rng.normal();
  });
  const picture = tensor('uint8', shape);
  picture.data.forEach((_, i) => {
    picture.data[i] = rng.integer(256);
  });
  const label = softLabel(cam, picture, wanted);
  expect(label.shape).toEqual([wanted, wanted]);
  for (const value of label.data) expect(value >= 0 && value <= 1).toBe(true);
});

test("depends on the proportions of the map's values, not on their unit", () => {
  const { picture, cam } = discScene();
  const label = softLabel(cam, picture, size);
  const other = softLabel({ ...cam, data: cam.data.map((value) => 40 * value - 7) }, picture, size);
  label.data.forEach((value, i) => {
    expect(other.data[i]).toBeCloseTo(value, 4);
  });
});

test('a flat map and one colour give the prior, higher in the middle than at the border', () => {
  const flat = tensor('float32', [4, 4], Array(16).fill(3));
  const grey = tensor('uint8', [8, 8, 1], Array(64).fill(90));
  const { data } = softLabel(flat, grey, size);
  const middle = data[(size / 2) * size + size / 2];
  expect(middle).toBeGreaterThan(data[0]);
  expect(middle).toBeCloseTo(data[(size / 2 - 1) * size + size / 2 - 1], 5);
  expect(data[0]).toBeCloseTo(data[size * size - 1], 5);
});
