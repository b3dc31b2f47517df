import { expect, test } from 'vitest';
import { classificationReport } from '../metrics/classification.ts';
import { tensor } from '../tensor/tensor.ts';
import { type EpochFigures, historyCsv } from './training-history.ts';
import { type TrainingReport, trainingReport } from './training-report.ts';

const epoch = (n: number, more: Partial<EpochFigures> = {}): EpochFigures => ({
  epoch: n,
  loss: 1 / n,
  learningRate: 1,
  seconds: 2,
  imagesPerSecond: 10,
  ...more,
});

const half: TrainingReport = {
  name: 'birds/<b>',
  model: { type: 'half', imSize: 64, channels: 3, parameters: 1234567 },
  data: { folder: '/data/"birds"', classes: ['crow & co', 'jay', 'owl'], trainImages: 1200, testImages: 8 },
  options: { 'batch-size': 16, augment: false },
  device: 'cpu',
  seconds: 7980,
  history: [
    epoch(1, { accuracy: 0.5, valLoss: 2, valAccuracy: 0.25 }),
    epoch(2, { accuracy: 0.75, valLoss: 1.5, valAccuracy: 0.625 }),
  ],
  bestEpoch: 2,
  evaluation: classificationReport(
    [0, 0, 0, 1, 1, 1, 2, 2],
    [0, 1, 1, 1, 1, 1, 2, 0],
    ['crow & co', 'jay', 'owl'],
  ),
  samples: [
    {
      name: 'test/jay/<1>.png',
      image: tensor('uint8', [4, 4, 3]),
      lowCam: tensor('float32', [1, 1], [2]),
      predicted: 'crow & co',
      probability: 0.875,
      truth: 'jay',
    },
  ],
  skipped: [['train/owl/"x".jpg', 'no image <format>']],
};

test('the page shows what was trained, the evaluation and the mistakes', () => {
  const html = trainingReport(half);
  expect(html).toContain('1,200 images of 3 classes and validated on 8 images');
  expect(html).toContain(
    '2 epochs on cpu in 2 h 13 min. The best weights are those of epoch 2. 1 file could not be read.',
  );
  expect(html).toContain('<dd>62.5 %</dd>');
  expect(html).toContain('1,234,567');
  expect(html).toContain('<th scope="row">batch-size</th><td>16</td>');
  // The F1 of the weakest class is the first.
  expect(html.indexOf('>crow &amp; co</th><td>50.0</td><td>33.3</td><td>40.0</td>')).toBeGreaterThan(0);
  expect(html).toContain('<th scope="row">crow &amp; co</th><th scope="row">jay</th><td>2</td><td>67 %</td>');
  expect(html).toContain('<b>crow &amp; co</b> 87.5 % <span class="wrong">wrong: it is jay</span>');
  for (const title of ['Loss', 'Accuracy', 'Learning rate', 'Images a second']) {
    expect(html).toContain(`aria-label="${title} by epoch"`);
  }
});

test('the page needs no other file, and escapes names', () => {
  const html = trainingReport(half);
  expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)|url\(|@import/);
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/g))
    expect(address).toMatch(/^data:image\/png/);
  expect(html).not.toMatch(/<(b>["<]|1>|format>|x>)|"birds"/);
  expect(html).not.toMatch(/undefined|NaN|\[object/);
});

test('a full model and one epoch: omits figures that were not measured', () => {
  const { evaluation: _, samples: __, skipped: ___, ...rest } = half;
  const html = trainingReport({
    ...rest,
    model: { type: 'full', imSize: 64, channels: 1 },
    data: { ...half.data, testImages: undefined },
    history: [epoch(1)],
    bestEpoch: 1,
  });
  expect(html).toContain('A full model was trained on 1,200 images of 3 classes: 1 epoch on cpu');
  expect(html).toContain('Mean squared error');
  expect(html).not.toMatch(/Accuracy|Class by class|evidence|skipped|undefined|NaN/);
});

test('rejects a history without epochs, and figures that are not finite', () => {
  expect(() => trainingReport({ ...half, history: [] })).toThrow("trainingReport: 'birds/<b>' has no epoch");
  expect(() => trainingReport({ ...half, history: [epoch(1, { loss: Number.NaN })] })).toThrow(
    'values must be finite',
  );
});

test('history as CSV: all digits, empty if not measured, lines end in CR LF', () => {
  const csv = historyCsv([
    epoch(1),
    epoch(3, { accuracy: 0.1 + 0.2, valLoss: 1e-7, valAccuracy: 1, dataWait: 0 }),
  ]);
  expect(csv).toBe(
    'epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second,data_wait\r\n' +
      '1,1,,,,1,2,10,\r\n' +
      '3,0.3333333333333333,0.30000000000000004,1e-7,1,1,2,10,0\r\n',
  );
  expect(historyCsv([]).split('\r\n')).toHaveLength(2);
});
