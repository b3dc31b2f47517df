import { expect, test } from 'vitest';
import type { Batch } from '../../data/batches/batches.ts';
import { toImages } from '../../data/picture/unit-range.ts';
import { itemAt } from '../../tensor/batch.ts';
import { random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';
import { canvasesOf, slots } from './canvases.ts';

/**
 * Pictures of one grey each, i + 1 of 255, of classes 0, 1, 2, 0, ...; their objects are the whole picture.
 */
function batchOf(n: number, size: number): Batch {
  const side = Math.ceil(size / 2);
  const pictures = tensor('uint8', [n, size, size, 1]);
  for (let i = 0; i < n; i++) pictures.data.fill(i + 1, i * size * size, (i + 1) * size * size);
  const softLabels = tensor('uint8', [n, side, side, 1]);
  softLabels.data.fill(255);
  const paths = Array.from({ length: n }, (_, i) => String(i));
  return { pictures, softLabels, paths, labels: new Int32Array(n), position: n };
}

const classOf = (path: string): number => Number(path) % 3;

test.each([
  [12, 24],
  [5, 25],
  [1, 16],
])('%i pictures of %i pixels: each label lies on the pictures of its class', (n, size) => {
  const batch = batchOf(n, size);
  for (let seed = 0; seed < 8; seed++) {
    const { images, classes, soft, weight, labels } = canvasesOf(batch, classOf, random(seed));
    const side = soft.shape[2];
    for (let i = 0; i < n; i++) {
      if (i < Math.ceil(n / 2)) expect(itemAt(images, i)).toEqual(itemAt(toImages(batch.pictures), i));
      expect(classes[i].length).toBeGreaterThan(0);
      expect(labels[i]).toBe(classes[i][0]);
      const counted = Array.from(itemAt(weight, i).data);
      expect(counted.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
      const classAt = (y: number, x: number): number | undefined => {
        const grey = itemAt(images, i).data[Math.min(2 * y, size - 1) * size + Math.min(2 * x, size - 1)];
        return grey === 0 ? undefined : classOf(String(Math.round(grey * 255) - 1));
      };
      for (let s = 0; s < slots; s++) {
        const label = itemAt(itemAt(soft, i), s).data;
        for (let y = 0; y + 1 < side; y++) {
          for (let x = 0; x + 1 < side; x++) {
            const is = classes[i][s] !== undefined && classAt(y, x) === classes[i][s];
            expect(label[y * side + x]).toBe(is ? 1 : 0);
          }
        }
      }
    }
  }
});

test('the same draws give the same canvases', () => {
  const batch = batchOf(9, 20);
  expect(canvasesOf(batch, classOf, random(3))).toEqual(canvasesOf(batch, classOf, random(3)));
  expect(canvasesOf(batch, classOf, random(3))).not.toEqual(canvasesOf(batch, classOf, random(4)));
});
