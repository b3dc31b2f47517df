import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { classificationReport, type Scores } from './classification.ts';

interface Case {
  name: string;
  class_count: number;
  labels: number[];
  predictions: number[];
  accuracy: number;
  micro: number[];
  macro: number[];
  per_class: number[][];
  confusion: number[][];
}

/** Values of scikit-learn; the file names the script and the seed that generated it, and the tolerance. */
const golden: { tolerance: number; cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../test/golden/classification.json', import.meta.url), 'utf8'),
);

function expectClose(got: number[], want: number[]): void {
  expect(got.length).toBe(want.length);
  for (const [i, value] of want.entries())
    expect(Math.abs(got[i] - value)).toBeLessThanOrEqual(golden.tolerance);
}

const list = ({ precision, recall, f1 }: Scores): number[] => [precision, recall, f1];

test.each(golden.cases)('agrees with scikit-learn: $name', (want) => {
  const names = Array.from({ length: want.class_count }, (_, c) => `class ${c}`);
  const got = classificationReport(want.labels, want.predictions, names);
  expectClose([got.accuracy], [want.accuracy]);
  expectClose(list(got.micro), want.micro);
  expectClose(list(got.macro), want.macro);
  expect(got.classes.map(({ name }) => name)).toEqual(names);
  for (const [c, scores] of got.classes.entries()) {
    expectClose([...list(scores), scores.support], want.per_class[c]);
  }
  expect(got.confusion).toEqual(want.confusion);
});

test('accepts typed arrays', () => {
  expect(classificationReport(new Int32Array([0, 1]), new Int32Array([0, 0]), ['a', 'b']).accuracy).toBe(0.5);
});

test.each<[number[], number[], string]>([
  [[0, 1], [0], 'classificationReport: as many predictions as labels, got 1 and 2'],
  [[], [], 'classificationReport: needs at least one image, got none'],
  [[0, 2], [0, 1], 'classificationReport: classes must be whole numbers from 0 to 1, image 1 has 2'],
  [[0], [-1], 'classificationReport: classes must be whole numbers from 0 to 1, image 0 has -1'],
])('rejects labels %j with predictions %j', (labels, predictions, message) => {
  expect(() => classificationReport(labels, predictions, ['a', 'b'])).toThrow(message);
});
