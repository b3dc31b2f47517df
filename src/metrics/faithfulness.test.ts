import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type FloatMap, type Tensor, tensor } from '../tensor/tensor.ts';
import { adcc, coherency, complexity } from './adcc.ts';
import { confidenceDrop, imageTimesMap } from './confidence.ts';
import { type Faithfulness, faithfulness, meanFaithfulness } from './faithfulness.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { areaBelow, insertionDeletion } from './insertion-deletion.ts';

/** `toy_classifier` of the script. */
async function toyClassifier({ shape, data }: Tensor<'float32'>): Promise<Tensor<'float32'>> {
  const [n, height, width, channels] = shape;
  const out = tensor('float32', [n, 3]);
  for (let i = 0; i < n; i++) {
    const logits = [0, 0, 0];
    for (let y = 0, at = i * height * width * channels; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++, at++) {
          for (let k = 0; k < 3; k++) {
            logits[k] += (data[at] * Math.sin(0.3 * x * (k + 1) + 0.2 * y + c)) / 20;
          }
        }
      }
    }
    const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    const total = powers.reduce((sum, power) => sum + power, 0);
    out.data.set(
      powers.map((power) => power / total),
      3 * i,
    );
  }
  return out;
}

interface Case {
  readonly label: number;
  readonly shape: readonly [number, number, number];
  readonly image: readonly number[];
  readonly map: readonly number[];
  readonly mapOfMasked: readonly number[];
  readonly blurred: readonly number[];
  readonly expected: Faithfulness;
}

// tools/reference/localisation.py golden, seed 1
const golden: { steps: number; cases: readonly Case[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../test/golden/faithfulness.json'), 'utf8'),
);

test.each(golden.cases)('class $label: agrees with NumPy and OpenCV within 1e-6', async (given) => {
  const { label, shape, blurred, expected } = given;
  const [height, width] = shape;
  const map = (values: readonly number[]): FloatMap =>
    tensor(
      'float32',
      [height, width],
      values.map((value) => value / 8),
    );
  const image = tensor(
    'float32',
    shape,
    given.image.map((value) => value / 256),
  );
  const soft = gaussianBlur(image).data;
  for (const [i, value] of blurred.entries()) {
    expect(Math.abs(soft[i * Math.floor(soft.length / 5)] - value)).toBeLessThan(1e-6);
  }
  const asked: (readonly number[])[] = [];
  const found = await faithfulness(
    {
      image,
      map: map(given.map),
      classIndex: label,
      predict: toyClassifier,
      mapOf: async (other) => {
        asked.push(other.shape);
        return map(given.mapOfMasked);
      },
    },
    { steps: golden.steps, batchSize: 4 },
  );
  expect(asked).toEqual([[1, ...shape]]);
  for (const [name, value] of Object.entries(expected)) {
    expect(Math.abs(found[name as keyof Faithfulness] - value), name).toBeLessThan(1e-6);
  }
});

test('is independent of batches; pixels follow the order of the map', async () => {
  const seen: number[][] = [];
  const image = tensor('float32', [1, 4, 1], [1, 1, 1, 1]);
  const map = tensor('float32', [1, 4], [0.5, 1, 0, 0.5]);
  const predict = async (images: Tensor<'float32'>): Promise<Tensor<'float32'>> => {
    const n = images.shape[0];
    for (let i = 0; i < n; i++) seen.push([...images.data.subarray(4 * i, 4 * i + 4)]);
    return tensor(
      'float32',
      [n, 1],
      Array.from(
        { length: n },
        (_, i) => images.data.subarray(4 * i, 4 * i + 4).reduce((a, b) => a + b, 0) / 4,
      ),
    );
  };
  const whole = await insertionDeletion(image, map, 0, predict, { steps: 4, batchSize: 5 });
  expect(seen.slice(5)).toEqual([
    [1, 1, 1, 1],
    [1, 0, 1, 1],
    [0, 0, 1, 1],
    [0, 0, 1, 0],
    [0, 0, 0, 0],
  ]);
  expect(whole.deletion).toBe(0.5);
  expect(whole.insertion).toBeCloseTo(1, 6);
  for (const batchSize of [1, 2, 3]) {
    expect(await insertionDeletion(image, map, 0, predict, { steps: 4, batchSize })).toEqual(whole);
  }
});

test('edge cases: no probability to lose, no correlation, no coherency', () => {
  expect(confidenceDrop(0, 0.5)).toBe(0);
  expect(confidenceDrop(0.5, 0.75)).toBe(0);
  expect(confidenceDrop(0.5, 0.125)).toBe(0.75);
  const flat = tensor('float32', [1, 2], [3, 3]);
  const slope = tensor('float32', [1, 2], [0, 1]);
  expect(coherency(flat, slope)).toBe(0.5);
  expect(coherency(slope, slope)).toBe(1);
  expect(coherency(slope, tensor('float32', [1, 2], [1, 0]))).toBe(0);
  expect(complexity(slope)).toBe(0.5);
  expect(adcc(0, 0.5, 0)).toBe(0);
  expect(adcc(1, 0.5, 1)).toBe(0);
  expect(adcc(1, 0, 0)).toBe(1);
  expect(areaBelow([0, 1])).toBe(0.5);
});

test('rejects different sizes and empty input', async () => {
  const image = tensor('float32', [2, 2, 3]);
  const map = tensor('float32', [2, 3]);
  expect(() => imageTimesMap(image, map)).toThrow('must have one size, got [2,2,3] and [2,3]');
  await expect(insertionDeletion(image, map, 0, toyClassifier)).rejects.toThrow('must have one size');
  expect(() => coherency(map, tensor('float32', [1, 1]))).toThrow('must have one size, got [2,3] and [1,1]');
  expect(() => meanFaithfulness([])).toThrow('meanFaithfulness: there are no images');
});

test.each([
  [{ steps: 0 }, 0, 'steps must be a whole number >= 1, got 0'],
  [{ batchSize: 1.5 }, 0, 'batchSize must be a whole number >= 1, got 1.5'],
  [{}, 2, 'class 2 of 2 classes'],
  [{}, -1, 'class -1 of 2 classes'],
])('insertion and deletion refuse options %j of class %i', async (options, classIndex, reason) => {
  const predict = async ({ shape: [n] }: Tensor<'float32'>): Promise<Tensor<'float32'>> =>
    tensor('float32', [n, 2]);
  const [image, map] = [tensor('float32', [2, 2, 1]), tensor('float32', [2, 2])];
  await expect(insertionDeletion(image, map, classIndex, predict, options)).rejects.toThrow(reason);
});
