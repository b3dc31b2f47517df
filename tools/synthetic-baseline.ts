/**
 * Shows that the synthetic scenes cannot be solved by colour or brightness: accuracy of two simple
 * classifiers on global colour statistics (mean and standard deviation per channel, histograms of 8 bins),
 * compared with chance. `npx tsx tools/synthetic-baseline.ts`
 */
import { percent } from '../src/text/percent.ts';
import { logisticAccuracy, nearestMeanAccuracy, sceneExamples } from './colour-baseline.ts';

const size = 64;
const count = { train: 600, test: 600 };

console.log(`${count.train} training and ${count.test} test scenes of ${size} x ${size} pixels, 3 seeds`);
console.log('classes   seed    chance   nearest mean   logistic regression');
for (const classes of [2, 6, 12]) {
  for (const seed of [0, 1, 2]) {
    const train = sceneExamples(count.train, classes, size, 2 * seed);
    const test = sceneExamples(count.test, classes, size, 2 * seed + 1);
    const results = [1 / classes, nearestMeanAccuracy(train, test), logisticAccuracy(train, test)].map(
      (share) => percent(share).padStart(7),
    );
    console.log(`${String(classes).padStart(7)}   ${String(seed).padStart(4)}   ${results.join('        ')}`);
  }
}
