import { expect, test } from 'vitest';
import { random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { boxesOfMask } from './boxes.ts';
import { type RegionBox, regionBoxes, visitHolesBelow, visitRegionsAbove } from './level-regions.ts';

/** The regions of one level, by flood fill. */
function flooded(inside: readonly boolean[], width: number, height: number, diagonal: boolean): RegionBox[] {
  const left = [...inside];
  const boxes: RegionBox[] = [];
  for (let start = 0; start < left.length; start++) {
    if (!left[start]) continue;
    const queue = [start];
    left[start] = false;
    const xs: number[] = [];
    const ys: number[] = [];
    for (const pixel of queue) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      xs.push(x);
      ys.push(y);
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const [u, v] = [x + dx, y + dy];
          if ((!diagonal && dx !== 0 && dy !== 0) || u < 0 || v < 0 || u >= width || v >= height) continue;
          if (!left[v * width + u]) continue;
          left[v * width + u] = false;
          queue.push(v * width + u);
        }
      }
    }
    boxes.push([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]);
  }
  return boxes;
}

const sorted = (boxes: readonly RegionBox[]): string[] => boxes.map(String).sort();
const taken = (regions: Int32Array, count: number): RegionBox[] =>
  Array.from({ length: count }, (_, i) => [...regions.slice(4 * i, 4 * i + 4)] as unknown as RegionBox);

test.each([
  [1, 1],
  [9, 1],
  [1, 7],
  [12, 9],
])('%i x %i pixels: the regions of every level agree with flood filling', (width, height) => {
  const draw = random(width * 100 + height);
  for (let round = 0; round < 20; round++) {
    const top = draw.integer(2) === 0 ? 4 : 256;
    const levels = Uint8Array.from({ length: width * height }, () => draw.integer(top));
    const visited: number[] = [];
    visitRegionsAbove(levels, width, height, (level, regions, count) => {
      visited.push(level);
      const above = Array.from(levels, (value) => value >= level);
      expect(sorted(taken(regions, count))).toEqual(sorted(flooded(above, width, height, true)));
    });
    expect(visited).toEqual([...new Set(levels)].sort((a, b) => b - a));
    visitHolesBelow(levels, width, height, (level, regions, count) => {
      const below = Array.from(levels, (value) => value <= level);
      const holes = flooded(below, width, height, false).filter(
        ([x0, y0, x1, y1]) => x0 > 0 && y0 > 0 && x1 < width - 1 && y1 < height - 1,
      );
      expect(sorted(taken(regions, count))).toEqual(sorted(holes));
    });
  }
});

test('boxes of a mask: the far corner is exclusive, parts that touch at a corner are one', () => {
  const mask = tensor('uint8', [3, 5], [255, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0]);
  expect(boxesOfMask(mask)).toEqual(
    expect.arrayContaining([
      [0, 0, 2, 2],
      [4, 0, 5, 2],
    ]),
  );
  expect(regionBoxes(new Uint8Array(4), 2, 2)).toEqual([]);
});
