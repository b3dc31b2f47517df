/** Localisation measures against OpenCV and NumPy: `tools/reference/localisation.py golden`, seed 0. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backgroundLevel } from '../src/metrics/background-level.ts';
import { type Box, scaleBox } from '../src/metrics/boxes.ts';
import { evaluationMap, resizedMap } from '../src/metrics/evaluation-map.ts';
import { gridPointing } from '../src/metrics/grid-pointing.ts';
import { maskIous } from '../src/metrics/mask-iou.ts';
import { bestBoxIous, cutOf, maxBoxAccV2 } from '../src/metrics/max-box-acc.ts';
import { pxap, scoreHistogram } from '../src/metrics/pixel-precision.ts';
import { maskOfBoxes, pointsAt } from '../src/metrics/pointing.ts';
import { resizeMask } from '../src/metrics/resize-mask.ts';
import { type FloatMap, type Mask, tensor } from '../src/tensor/tensor.ts';

interface GoldenImage {
  readonly shape: readonly [number, number];
  readonly block: number;
  readonly map: readonly number[];
  readonly size: readonly [number, number];
  readonly boxes: readonly Box[];
  readonly scaledBoxes: readonly Box[];
  readonly hole: Box;
  readonly pixels: readonly (readonly [at: number, value: number])[];
  readonly ious: readonly number[];
  readonly maskIouAtHalf: number;
  readonly background: number | null;
  /** Of 2 x 2 cells, of 3 x 3. */
  readonly gridShares: readonly (readonly number[])[];
}

interface Golden {
  readonly evalSize: number;
  readonly maxBoxAccV2: number;
  readonly at: readonly number[];
  readonly pxap: number;
  readonly pointing: readonly boolean[];
  readonly images: readonly GoldenImage[];
}

function mapOf({ shape: [height, width], block, map }: GoldenImage): FloatMap {
  const out = tensor('float32', [height, width]);
  for (let i = 0; i < out.data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    out.data[i] = map[Math.floor(y / block) * Math.ceil(width / block) + Math.floor(x / block)] / 8;
  }
  return out;
}

function maskOf({ boxes, hole: [x0, y0, x1, y1], size: [width, height] }: GoldenImage): Mask {
  const mask = maskOfBoxes(boxes, height, width);
  for (let y = y0; y < y1; y++) mask.data.fill(0, y * width + x0, y * width + x1);
  return mask;
}

const folder = join(import.meta.dirname, 'golden/localisation');

describe.each(readdirSync(folder))('%s', (file) => {
  const golden: Golden = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const { evalSize, images } = golden;
  const maps = images.map((image) => evaluationMap(mapOf(image), evalSize));
  const masks = images.map((image) => resizeMask(maskOf(image), evalSize, evalSize));
  const scaled = images.map(({ boxes, size }) => boxes.map((box) => scaleBox(box, size, evalSize)));
  const ious = maps.map((map, i) => bestBoxIous(map, scaled[i]));
  const histograms = maps.map((map, i) => scoreHistogram(map, masks[i]));

  test('maps, resized and scaled, agree within 1e-6', () => {
    for (const [i, { pixels }] of images.entries()) {
      for (const [at, value] of pixels) expect(Math.abs(maps[i].data[at] - value)).toBeLessThan(1e-6);
    }
  });

  test('boxes at the evaluation size agree', () => {
    expect(scaled).toEqual(images.map(({ scaledBoxes }) => scaledBoxes));
  });

  // A pixel at the edge between two grey levels may fall to either side; it has not here, so every box agrees.
  test("the best IoU at every 20th threshold agrees within the file's 9 digits", () => {
    for (const [i, image] of images.entries()) {
      const flat = maps[i].data.every((value) => value === 0);
      const ours = image.ious.map((_, k) => ious[i][cutOf(20 * k, flat ? 0 : 255)]);
      for (const [k, iou] of ours.entries()) expect(Math.abs(iou - image.ious[k])).toBeLessThan(1e-9);
    }
  });

  test('MaxBoxAccV2 agrees exactly, PxAP within 1e-6', () => {
    const accuracy = maxBoxAccV2(ious);
    expect(accuracy.at).toEqual(golden.at);
    expect(accuracy.value).toBeCloseTo(golden.maxBoxAccV2, 14);
    expect(Math.abs(pxap(histograms) - golden.pxap)).toBeLessThan(1e-6);
  });

  test('background level and cell shares agree within 1e-5, due to rounding of the resized map', () => {
    for (const [i, { background, gridShares }] of images.entries()) {
      const raw = resizedMap(mapOf(images[i]), evalSize);
      const level = backgroundLevel(raw, masks[i]);
      expect(level === undefined).toBe(background === null);
      expect(Math.abs((level ?? 0) - (background ?? 0))).toBeLessThan(1e-5);
      for (const [k, shares] of gridShares.entries()) {
        for (const [cell, share] of shares.entries()) {
          expect(Math.abs(gridPointing(raw, k + 2, cell).share - share)).toBeLessThan(1e-5);
        }
      }
    }
  });

  test('pointing and the IoU with the mask at 0.5 agree', () => {
    expect(maps.map((map, i) => pointsAt(map, masks[i]))).toEqual(golden.pointing);
    for (const [i, { maskIouAtHalf }] of images.entries()) {
      // A pixel more or less, of some thousands.
      expect(Math.abs(maskIous(histograms[i])[500] - maskIouAtHalf)).toBeLessThan(1e-3);
    }
  });
});
