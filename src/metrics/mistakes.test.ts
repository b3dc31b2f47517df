import { expect, test } from 'vitest';
import { classificationReport } from './classification.ts';
import { worstConfusions, worstMistakes } from './mistakes.ts';

test('sorts confusions by count, then by share', () => {
  const classes = ['a', 'b', 'c'];
  const labels = [0, 0, 0, 0, 1, 1, 2, 2, 2];
  const predictions = [1, 1, 2, 0, 2, 1, 0, 0, 0];
  const worst = worstConfusions(classificationReport(labels, predictions, classes), 3);
  expect(worst).toEqual([
    { truth: 'c', predicted: 'a', count: 3, share: 1 },
    { truth: 'a', predicted: 'b', count: 2, share: 0.5 },
    { truth: 'b', predicted: 'c', count: 1, share: 0.5 },
  ]);
});

test('sorts mistakes by the lead of the predicted class over the true one', () => {
  const image = (label: number, prediction: number, probabilities: number[]) => ({
    label,
    prediction,
    probabilities,
  });
  const images = [
    image(0, 1, [0.4, 0.6]),
    image(1, 1, [0, 1]),
    image(0, 1, [0.1, 0.9]),
    image(0, 1, [0.4, 0.6]),
    image(1, 0, [0.9, 0.1]),
  ];
  expect(worstMistakes(images, 9)).toEqual([images[2], images[4], images[0], images[3]]);
  expect(worstMistakes(images, 1)).toEqual([images[2]]);
  expect(worstMistakes([images[1]], 9)).toEqual([]);
});
