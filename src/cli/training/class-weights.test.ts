import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { classWeightsOf, formatClassWeights, settleClassWeights } from './class-weights.ts';

const dir = mkdtempSync(join(tmpdir(), 'class-weights-'));
afterAll(() => rmSync(dir, { recursive: true }));

const classes = ['car', 'b=c', 'cat'];
const folder = {
  dir: 'train',
  classes,
  samples: [0, 0, 0, 0, 0, 0, 1, 1, 2].map((label, i) => ({ path: `${i}.jpg`, label })),
  ignored: 0,
};

test('auto: each class counts as much as any other', () => {
  const weights = classWeightsOf('auto', folder);
  expect(weights).toEqual([0.5, 1.5, 3]);
  expect(folder.samples.reduce((sum, { label }) => sum + weights[label], 0)).toBe(9);
});

test('weights by name, as JSON and as a file are equivalent; missing ones are 1', async () => {
  const file = join(dir, 'weights.json');
  writeFileSync(file, '{ "cat": 2, "b=c": 0.5 }');
  const settled = await settleClassWeights('cat=2, b=c=0.5', classes);
  expect(settled).toBe('{"car":1,"b=c":0.5,"cat":2}');
  expect(await settleClassWeights('{ "b=c": 0.5, "cat": 2 }', classes)).toBe(settled);
  expect(await settleClassWeights(file, classes)).toBe(settled);
  expect(await settleClassWeights('auto', classes)).toBe('auto');
  const weights = classWeightsOf(settled, folder);
  expect(formatClassWeights(weights, classes)).toBe('class weights: car 1, b=c 0.5, cat 2');
});

test.each([
  ['dog=2', '--class-weights: there is no class dog; the classes are car, b=c, cat'],
  ['car=0', '--class-weights: car: a weight must be above 0'],
  ['car=-1', '--class-weights: car: a weight must be above 0'],
  ['car=much', '--class-weights: car: a number is needed'],
  ['car=Infinity', '--class-weights: car: a number is needed'],
  ['car=', '--class-weights: name=weight is needed, got car='],
  ['car=1,cat', '--class-weights: name=weight is needed, got cat'],
  ['car=1,car=2', '--class-weights: car has two weights'],
  ['balanced', '--class-weights: auto, name=weight,... or a file of JSON is needed; balanced: no such file'],
  ['{"car"', '--class-weights: not JSON: '],
])('%s', async (text, message) => {
  await expect(settleClassWeights(text, classes)).rejects.toThrow(message);
});
