import { expect, test } from 'vitest';
import { classificationReport } from '../metrics/classification.ts';
import { tensor } from '../tensor/tensor.ts';
import {
  classesCsv,
  confusionCsv,
  type Evaluation,
  evaluationJson,
  predictionsCsv,
  summaryCsv,
} from './evaluation.ts';
import { evaluationReport } from './evaluation-report.ts';
import { formatEvaluation } from './evaluation-text.ts';
import type { Mistake } from './mistakes-section.ts';

const names = ['crow, <rook>', 'jay', 'owl'];
const image = (path: string, label: number, prediction: number, rank: number, probabilities: number[]) => ({
  path,
  label,
  prediction,
  rank,
  probabilities: Float32Array.from(probabilities),
});
const images = [
  image('birds/test/crow/1.jpg', 0, 0, 1, [0.5, 0.25, 0.25]),
  image('birds/test/crow/"2".jpg', 0, 1, 3, [0.1, 0.7, 0.2]),
  image('birds/test/jay/3.jpg', 1, 1, 1, [0, 1, 0]),
];
const evaluation: Evaluation = {
  model: 'best <1>.onnx',
  type: 'full',
  imSize: 64,
  channels: 3,
  data: 'birds/test',
  device: 'cpu',
  seconds: 2,
  report: classificationReport(
    images.map(({ label }) => label),
    images.map(({ prediction }) => prediction),
    names,
  ),
  topK: { k: 2, accuracy: 2 / 3 },
  loss: 1.25,
  skipped: [['birds/test/owl/<4>.jpg', 'the file is empty']],
  images,
};

const mistake: Mistake = {
  name: images[1].path,
  image: tensor('uint8', [4, 4, 3]),
  predicted: {
    name: 'jay',
    probability: 0.7,
    lowCam: tensor('float32', [1, 2], [2, -1]),
    highCam: tensor('float32', [4, 4]),
  },
  truth: { name: names[0], probability: 0.1, lowCam: tensor('float32', [1, 2], [-3, 0]) },
};

test('the text has scores, averages, the matrix, and the overall figures', () => {
  expect(formatEvaluation(evaluation)).toBe(
    [
      'best <1>.onnx (full) on birds/test',
      '             precision    recall        F1   images',
      'crow, <rook>     100.0      50.0      66.7        2',
      'jay               50.0     100.0      66.7        1',
      'owl                0.0       0.0       0.0        0',
      '---------------------------------------------------',
      'micro             66.7      66.7      66.7        3',
      'macro             75.0      75.0      66.7        3',
      '',
      'confusion matrix: a row holds the images of a class, a column the images predicted as a class',
      '                 1   2   3',
      '1 crow, <rook>   1   1   .',
      '2 jay            .   1   .',
      '3 owl            .   .   .',
      '',
      'accuracy 66.67 %, top-2 accuracy 66.67 %, cross-entropy 1.2500, 1.5 images/s',
    ].join('\n'),
  );
});

test('short names head the columns of the matrix: a class called 0 has no number 1', () => {
  const report = classificationReport([0, 0, 1], [0, 1, 1], ['0', '1']);
  const lines = formatEvaluation({ ...evaluation, report }).split('\n');
  const at = lines.findIndex((line) => line.startsWith('confusion matrix'));
  expect(lines.slice(at + 1, at + 4)).toEqual([
    '               0   1',
    '0              1   1',
    '1              .   1',
  ]);
});

test('for many classes, the most frequent mistakes replace the matrix', () => {
  const many = Array.from({ length: 21 }, (_, c) => `class ${c}`);
  const text = (labels: number[], predictions: number[]): string =>
    formatEvaluation({ ...evaluation, report: classificationReport(labels, predictions, many) });
  const lines = text([3, 3, 3, 20, 5], [4, 4, 3, 0, 5]).split('\n');
  const at = lines.indexOf('most frequent mistakes, and their share of the true class');
  expect(lines.slice(at + 1, at + 4)).toEqual([
    '2   67 %  class 3 predicted as class 4',
    '1  100 %  class 20 predicted as class 0',
    '',
  ]);
  expect(text([1], [1])).toContain('\nno image was predicted wrong\n');
});

test('compares half and full model', () => {
  const halfAndFull = { half: 'half.onnx', images: 3, agreeing: 2, largestDifference: 0.12345 };
  const told = 'half and full: 2 of 3 predictions agree, largest difference of a probability 0.123';
  expect(
    formatEvaluation({ ...evaluation, halfAndFull })
      .split('\n')
      .pop(),
  ).toBe(told);
  expect(JSON.parse(evaluationJson({ ...evaluation, halfAndFull })).halfAndFull).toEqual(halfAndFull);
  expect(evaluationReport({ ...evaluation, halfAndFull })).toContain(`H${told.slice(1)}.`);
});

test('the JSON has all figures', () => {
  const { accuracy, topK, skipped, images: listed, ...rest } = JSON.parse(evaluationJson(evaluation));
  expect({ accuracy, topK, skipped }).toEqual({
    accuracy: 2 / 3,
    topK: { k: 2, accuracy: 2 / 3 },
    skipped: { 'birds/test/owl/<4>.jpg': 'the file is empty' },
  });
  expect(Object.keys(rest)).toEqual([
    'model',
    'type',
    'data',
    'loss',
    'micro',
    'macro',
    'classes',
    'confusion',
  ]);
  expect(listed[0]).toEqual({
    image: 'birds/test/crow/1.jpg',
    label: 0,
    prediction: 0,
    rank: 1,
    probabilities: [0.5, 0.25, 0.25],
  });
});

test('writes the tables', () => {
  expect(classesCsv(evaluation.report)).toBe(
    'class,precision,recall,f1,images\r\n' +
      '"crow, <rook>",1,0.5,0.6666666666666666,2\r\njay,0.5,1,0.6666666666666666,1\r\nowl,0,0,0,0\r\n',
  );
  expect(confusionCsv(evaluation.report)).toBe(
    'true class,"crow, <rook>",jay,owl\r\n"crow, <rook>",1,1,0\r\njay,0,1,0\r\nowl,0,0,0\r\n',
  );
  expect(predictionsCsv(evaluation)).toBe(
    'image,label,prediction,correct,rank,"p(crow, <rook>)",p(jay),p(owl)\r\n' +
      'birds/test/crow/1.jpg,"crow, <rook>","crow, <rook>",true,1,0.5,0.25,0.25\r\n' +
      '"birds/test/crow/""2"".jpg","crow, <rook>",jay,false,3,0.100000001,0.699999988,0.200000003\r\n' +
      'birds/test/jay/3.jpg,jay,jay,true,1,0,1,0\r\n',
  );
  const [head, row] = summaryCsv(evaluation).split('\r\n');
  expect(head).toMatch(/^model,type,data,images,skipped,accuracy,k,top_k_accuracy,cross_entropy,micro_/);
  expect(row).toMatch(/^best <1>.onnx,full,birds\/test,3,1,0\.6666666666666666,2,0\.6666666666666666,1\.25,/);
});

test('the page shows figures, mistakes with their maps, and skipped files', () => {
  const html = evaluationReport(evaluation, [mistake]);
  expect(html).toContain(
    'A full model of 3 classes predicted 2 of 3 images of birds/test right. 1 file could not be read.',
  );
  expect(html).toContain('<dt>top-2 accuracy: right among the first 2</dt><dd>66.7 %</dd>');
  expect(html).toContain(
    'predicted <b class="wrong">jay</b> 70.0 %, truly <b>crow, &lt;rook&gt;</b> 10.0 %</figcaption>',
  );
  expect([...html.matchAll(/<small>((?:low|high)-res: .*?)<\/small>/g)].map(([, label]) => label)).toEqual([
    'low-res: jay',
    'low-res: crow, &lt;rook&gt;',
    'high-res: jay',
  ]);
  expect(html).toContain('Confusion matrix of 3 classes');
  expect(html).toContain('precision 75 %, recall 75 %, F1 66.7 %');
  expect(html).toContain('<code>birds/test/owl/&lt;4&gt;.jpg</code> the file is empty');
});

test('the page needs no other file, and escapes names', () => {
  const html = evaluationReport(evaluation, [mistake]);
  expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)|url\(|@import/);
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/g))
    expect(address).toMatch(/^data:image\/png/);
  expect(html).not.toMatch(/<(rook|1|4)>|"2"/);
  expect(html).not.toMatch(/undefined|NaN|\[object/);
});

test('a half model without mistakes: omits empty parts', () => {
  const report = classificationReport([0, 1], [0, 1], ['a', 'b']);
  const html = evaluationReport({ ...evaluation, type: 'half', report, skipped: undefined });
  expect(html).toContain('A half model of 2 classes predicted 2 of 2 images');
  expect(html).toContain('No test image was predicted wrong.');
  expect(html).not.toMatch(/Worst mistakes|skipped|undefined|NaN/);
  const flat = { ...mistake, predicted: { ...mistake.truth, lowCam: tensor('float32', [1, 1]) } };
  const blank = { ...flat, truth: { ...flat.predicted, name: 'x' } };
  expect(evaluationReport(evaluation, [blank])).not.toMatch(/NaN|high-resolution map of/);
});
