import { expect, test } from 'vitest';
import { random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { compareWeights, formatComparison } from './compare-weights.ts';
import { initializeWeights, type Model, type ModelConfig, type ModelType, transferWeights } from './model.ts';

function model(type: ModelType, seed: number, classes = 3): Model {
  const names = Array.from({ length: classes }, (_, i) => `#${i}`);
  const config: ModelConfig = { type, classes: names, imSize: 32, channels: 3 };
  return { ...config, weights: initializeWeights(config, random(seed)) };
}

/** A copy with one number changed. */
function changed(of: Model, name: string, value: number): Model {
  const { shape, data } = of.weights.get(name) ?? tensor('float32', [1]);
  const copy = data.slice();
  copy[0] = value;
  return { ...of, weights: new Map([...of.weights, [name, tensor('float32', shape, copy)]]) };
}

test('a full model agrees with its half model in the shared layers', () => {
  const half = model('half', 1);
  const fresh = model('full', 2);
  const full = { ...fresh, weights: transferWeights(half.weights, fresh.weights) };
  const result = compareWeights(half, full);
  expect(result).toMatchObject({ agreeing: 63, differing: 0, onlyInA: [] });
  expect(result.shared.map(({ name }) => name).slice(0, 3)).toEqual([
    'initial_conv2D',
    'initial_bn',
    'tr_early_bn',
  ]);
  expect(result.shared.reduce((sum, { size }) => sum + size, 0)).toBe(1_062_915);
  expect(result.onlyInB[0]).toBe('tr_up_1_conv2DT');
  expect(compareWeights(full, half).onlyInA).toEqual(result.onlyInB);
});

test('reports the first layer that differs, and the largest difference', () => {
  const half = model('half', 1);
  const other = changed(changed(half, 'dense_0_0_bn/beta', -0.25), 'aux_output/bias', 0.125);
  const result = compareWeights(half, other);
  expect(result).toMatchObject({ agreeing: 4, differing: 2 });
  expect(result.shared[4]).toEqual({ name: 'dense_0_0_bn', size: 4 * 48, largest: 0.25 });
  expect(compareWeights(half, other, 0.125)).toMatchObject({ agreeing: 4, differing: 1 });
  expect(compareWeights(half, other, 0.25)).toMatchObject({ agreeing: 63, differing: 0 });
});

test('another number of classes, or NaN, is an infinite difference', () => {
  const half = model('half', 1);
  const shapes = compareWeights(half, model('half', 1, 4)).shared.at(-1)?.shapes;
  expect(shapes).toBe('kernel [16,3] and [16,4], bias [3] and [4]');
  const nothing = changed(half, 'aux_output/bias', Number.NaN);
  expect(compareWeights(half, nothing, 1e6)).toMatchObject({ agreeing: 62, differing: 1 });
  expect(compareWeights(nothing, nothing)).toMatchObject({ differing: 0 });
});

test('formats a line per layer, and where they agree', () => {
  const half = model('half', 1);
  const other = changed(half, 'dense_0_0_bn/beta', -0.25);
  const lines = formatComparison(compareWeights(half, other)).split('\n');
  expect(lines[0]).toMatch(/^layer +numbers +largest difference$/);
  expect(lines[2]).toMatch(/^initial_conv2D +1,296 {2}0$/);
  expect(lines[6]).toMatch(/^dense_0_0_bn +192 {2}2\.50e-1 +differs$/);
  expect(lines.at(-1)).toBe('the first 4 of 63 layers agree; 1 differs: dense_0_0_bn');
  expect(
    formatComparison(compareWeights(half, model('full', 1)))
      .split('\n')
      .at(-2),
  ).toBe('only in B: 29 layers, tr_up_1_conv2DT to main_output');
  expect(formatComparison(compareWeights(half, half))).toContain('\nall 63 layers that both have agree');
});
