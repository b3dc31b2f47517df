import { describe, expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { mostShrink, resize } from './resize.ts';

/** Places and weights of the triangle filter, for each of `to` pixels. */
function triangle(from: number, to: number): [place: number, weight: number][][] {
  const reach = Math.max(1, from / to);
  return Array.from({ length: to }, (_, i) => {
    const centre = ((i + 0.5) * from) / to - 0.5;
    const weights = Array.from({ length: from }, (_, j) => reach - Math.abs(j - centre));
    const taps = [...weights.entries()].filter(([, weight]) => weight > 0);
    const sum = taps.reduce((total, [, weight]) => total + weight, 0);
    return taps.map(([j, weight]) => [j, weight / sum]);
  });
}

/** What it should be, in float64. */
function expected({ shape: [h, w, c], data }: Picture, height: number, width: number): number[] {
  const [across, down] = [triangle(w, width), triangle(h, height)];
  return Array.from({ length: height * width * c }, (_, i) => {
    const [y, x, k] = [Math.floor(i / (width * c)), Math.floor(i / c) % width, i % c];
    let sum = 0;
    for (const [j, a] of down[y]) for (const [l, b] of across[x]) sum += a * b * data[(j * w + l) * c + k];
    return sum;
  });
}

function noise(height: number, width: number, channels: number, seed = 1): Picture {
  const draw = random(seed);
  const data = Uint8Array.from({ length: height * width * channels }, () => draw.integer(256));
  return tensor('uint8', [height, width, channels], data);
}

describe('is the triangle filter, up to rounding', () => {
  test.each([
    [1, 1, 3, 5],
    [7, 9, 7, 9],
    [37, 50, 16, 16],
    [20, 31, 45, 33],
    [96, 60, 8, 5],
    [5, 100, 50, 10],
    [1, 3, 1, 1],
  ])('%i x %i to %i x %i', (fromHeight, fromWidth, height, width) => {
    for (const channels of [1, 3]) {
      const picture = noise(fromHeight, fromWidth, channels);
      const resized = resize(picture, height, width);
      expect(resized.shape).toEqual([height, width, channels]);
      for (const [i, value] of expected(picture, height, width).entries()) {
        expect(Math.abs(resized.data[i] - value), `${channels} channels, ${i}`).toBeLessThan(0.53);
      }
    }
  });

  test('keeps a single colour, at any permitted factor', () => {
    for (const value of [0, 1, 127, 128, 254, 255]) {
      for (const [from, to] of [
        [4 * mostShrink, 4],
        [77, 13],
        [13, 77],
        [30, 30],
      ]) {
        const picture = tensor('uint8', [from, from, 3], new Uint8Array(from * from * 3).fill(value));
        expect(new Set(resize(picture, to, to).data), `${value}: ${from} to ${to}`).toEqual(new Set([value]));
      }
    }
  });
});
