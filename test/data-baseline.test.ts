import { expect, test } from 'vitest';
import { random } from '../src/tensor/random.ts';
import { logisticAccuracy, nearestMeanAccuracy, sceneExamples } from '../tools/colour-baseline.ts';

test('colour alone classifies scenes with less than 1.6 times the accuracy of chance', () => {
  const classes = 6;
  const train = sceneExamples(300, classes, 48, 1);
  const unseen = sceneExamples(300, classes, 48, 2);
  expect(nearestMeanAccuracy(train, unseen)).toBeLessThan(1.6 / classes);
  expect(logisticAccuracy(train, unseen)).toBeLessThan(1.6 / classes);
});

test('both classifiers learn the scenes', () => {
  const draws = random(3);
  const make = (): { features: Float64Array[]; labels: number[] } => {
    const labels = Array.from({ length: 200 }, (_, i) => i % 4);
    return {
      labels,
      features: labels.map((label) =>
        Float64Array.of(label % 2, label >> 1).map((v) => v + 0.2 * draws.normal()),
      ),
    };
  };
  const [train, unseen] = [make(), make()];
  expect(nearestMeanAccuracy(train, unseen)).toBeGreaterThan(0.9);
  expect(logisticAccuracy(train, unseen)).toBeGreaterThan(0.9);
});
