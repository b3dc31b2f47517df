/**
 * Shows that the synthetic scenes cannot be solved by colour or brightness: accuracy of two simple classifiers on global colour
 * statistics (mean and standard deviation per channel, histograms of 8 bins), beside chance. `npx tsx bench/synthetic-baseline.ts`
 */
import { logisticAccuracy, nearestMeanAccuracy, sceneExamples } from '../test/data-baseline.ts';

const size = 64;
const count = { train: 600, test: 600 };
const percent = (share: number): string => `${(100 * share).toFixed(1).padStart(5)} %`;

console.log(`${count.train} training and ${count.test} test scenes of ${size} x ${size} pixels, 3 seeds`);
console.log('classes   seed    chance   nearest mean   logistic regression');
for (const classes of [2, 6, 12]) {
  for (const seed of [0, 1, 2]) {
    const train = sceneExamples(count.train, classes, size, 2 * seed);
    const test = sceneExamples(count.test, classes, size, 2 * seed + 1);
    const results = [1 / classes, nearestMeanAccuracy(train, test), logisticAccuracy(train, test)].map(
      percent,
    );
    console.log(`${String(classes).padStart(7)}   ${String(seed).padStart(4)}   ${results.join('        ')}`);
  }
}
