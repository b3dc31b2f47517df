import { expect, test } from 'vitest';
import type { ClassLocalisation, LocalisationScores } from '../metrics/localisation.ts';
import {
  type Localisation,
  localisationJson,
  type MethodFigures,
  methodClassesCsv,
  methodImagesCsv,
  methodMosaicsCsv,
  methodsCsv,
} from './localisation.ts';
import { localisationReport } from './localisation-report.ts';
import { formatLocalisation } from './localisation-text.ts';

const scores = (box: number, pixels: number | undefined, pointing: number): LocalisationScores => ({
  maxBoxAccV2: { value: box, at: [box, box, box], cuts: [9, 8, 7] },
  pxap: pixels,
  pointing,
  pointingNear: 1,
  background: { median: 0.2, mean: -0.1, images: 2 },
  maskIou: pixels === undefined ? undefined : { best: 0.5, threshold: 0.25, half: 0.4 },
});
const ofClass: ClassLocalisation = { images: 2, maxBoxAccV2: 0.5, pxap: 0.25, pointing: 1 };
const method = (name: string, box: number, more: Partial<MethodFigures> = {}): MethodFigures => ({
  name,
  milliseconds: 12.34,
  scores: scores(box, 0.6, 0.75),
  intervals: { maxBoxAccV2: [0.4, 0.6], pxap: [0.5, 0.7], pointing: [0, 1], background: [0.1, 0.3] },
  classes: [ofClass, undefined],
  boxIous: [0.125, 1],
  points: [true, false],
  backgrounds: [0.25, undefined],
  ...more,
});
const found: Localisation = {
  model: 'best <1>.onnx',
  type: 'half',
  imSize: 64,
  evalSize: 224,
  data: 'birds/test',
  device: 'cpu',
  seconds: 3,
  classes: ['crow, <rook>', 'jay'],
  classFrom: 'folder',
  masks: 2,
  accuracy: 0.5,
  baseline: 'low-res',
  resamples: 1000,
  faithfulness: { images: 2, steps: 32 },
  methods: [
    method('center-prior', 0.55, {
      difference: {
        maxBoxAccV2: [0.01, 0.09],
        pxap: [-0.1, 0.1],
        pointing: [-0.5, -0.2],
        background: [0, 0],
      },
      faithfulness: {
        insertion: 0.1,
        deletion: 0.2,
        averageDrop: 0.3,
        averageIncrease: 0.4,
        coherency: 0.5,
        complexity: 0.6,
        adcc: 0.7,
      },
    }),
    method('low-res', 0.5),
  ],
  images: [
    { path: 'birds/test/crow/1.jpg', label: 0, prediction: 0, explained: 'crow, <rook>' },
    { path: 'birds/test/crow/"2".jpg', label: 0, prediction: 1, explained: 'crow, <rook>' },
  ],
  skipped: [['birds/test/jay/<3>.jpg', 'the file is empty']],
};

test('the text', () => {
  expect(formatLocalisation(found).split('\n')).toEqual([
    'best <1>.onnx (half) on birds/test: 2 images at 64 x 64, measured at 224 x 224, masks',
    'top-1 accuracy 50.0 %; maps are of the true class; in per cent, with 95 % intervals from 1000 resamples',
    '',
    'method              MaxBoxAccV2               PxAP           pointing         background   IoU  ms/image',
    'center-prior  55.0 [40.0, 60.0]  60.0 [50.0, 70.0]  75.0 [0.0, 100.0]  20.0 [10.0, 30.0]  50.0      12.3',
    'low-res       50.0 [40.0, 60.0]  60.0 [50.0, 70.0]  75.0 [0.0, 100.0]  20.0 [10.0, 30.0]  50.0      12.3',
    '',
    'difference to low-res, image by image; * where the interval excludes 0',
    'method                MaxBoxAccV2                   PxAP               pointing           background',
    'center-prior  +5.0 [+1.0, +9.0] *  +0.0 [-10.0, +10.0]    +0.0 [-50.0, -20.0] *  +0.0 [+0.0, +0.0]',
    '',
    'faithfulness, on 2 of the 2 images, insertion and deletion in 32 steps',
    'method        insertion  deletion  avg drop  increase  coherency  complexity  ADCC',
    'center-prior       10.0      20.0      30.0      40.0       50.0        60.0  70.0',
    'low-res               -         -         -         -          -           -     -',
    '',
    'MaxBoxAccV2   images  center-prior  low-res',
    'crow, <rook>       2          50.0     50.0',
    '',
    'PxAP          images  center-prior  low-res',
    'crow, <rook>       2          25.0     25.0',
    '',
    'pointing      images  center-prior  low-res',
    'crow, <rook>       2         100.0    100.0',
  ]);
});

test('maps of the predicted class: no accuracy, figures per folder', () => {
  const images = found.images.map(({ prediction: _, ...image }) => image);
  const predicted: Localisation = { ...found, classFrom: 'predicted', accuracy: undefined, images };
  expect(formatLocalisation(predicted)).toContain('\nmaps are of the predicted class; in per cent, with ');
  const html = localisationReport(predicted);
  for (const part of ['the map of the predicted class agrees', '<h2>Folder by folder</h2>', '>folders<']) {
    expect(html).toContain(part);
  }
  expect(html).not.toContain('top-1 accuracy');
  expect(methodImagesCsv(predicted)).toContain(
    'birds/test/crow/1.jpg,"crow, <rook>","crow, <rook>","crow, <rook>",',
  );
});

test('boxes only: no pixel measures; many classes are not listed', () => {
  const classes = Array.from({ length: 21 }, (_, c) => `class ${c}`);
  const boxed = {
    ...found,
    masks: 0,
    faithfulness: undefined,
    classes,
    methods: found.methods.map((one) => ({
      ...one,
      scores: scores(0.5, undefined, 1),
      classes: classes.map(() => ({ ...ofClass, pxap: undefined })),
    })),
  };
  const text = formatLocalisation(boxed);
  expect(text).toContain('boxes only\n');
  expect(text).not.toContain('PxAP');
  expect(text).not.toContain('faithfulness');
  expect(text).toMatch(/\n21 classes: see --json or --out for each of them$/);
  expect(localisationReport(boxed)).not.toContain('PxAP');
  expect(methodsCsv(boxed).split('\r\n')[1]).toContain(',0.5,,,,1,0,1,1,,,,0.2,');
});

test('JSON and tables', () => {
  const json = JSON.parse(localisationJson(found));
  expect(json.methods[0].classes).toEqual({ 'crow, <rook>': ofClass });
  expect(json.methods[1].difference).toBeUndefined();
  expect(json.images[1]).toEqual({
    image: 'birds/test/crow/"2".jpg',
    label: 0,
    prediction: 1,
    explained: 'crow, <rook>',
    boxIou: { 'center-prior': 1, 'low-res': 1 },
    points: { 'center-prior': false, 'low-res': false },
    background: {},
  });
  expect(json.skipped).toEqual({ 'birds/test/jay/<3>.jpg': 'the file is empty' });
  expect(methodClassesCsv(found)).toBe(
    'method,class,images,max_box_acc_v2,pxap,pointing\r\n' +
      'center-prior,"crow, <rook>",2,0.5,0.25,1\r\nlow-res,"crow, <rook>",2,0.5,0.25,1\r\n',
  );
  expect(methodImagesCsv(found)).toBe(
    'image,label,prediction,explained,iou(center-prior),iou(low-res),points(center-prior),points(low-res),' +
      'background(center-prior),background(low-res)\r\n' +
      'birds/test/crow/1.jpg,"crow, <rook>","crow, <rook>","crow, <rook>",0.125,0.125,true,true,0.25,0.25\r\n' +
      '"birds/test/crow/""2"".jpg","crow, <rook>",jay,"crow, <rook>",1,1,false,false,,\r\n',
  );
  const [head, first] = methodsCsv(found)
    .split('\r\n')
    .map((row) => row.split(','));
  expect(first).toHaveLength(head.length);
  expect(first[head.indexOf('adcc')]).toBe('0.7');
});

test('the grid pointing game: columns, mosaics, maps without evidence, a row per photograph', () => {
  const photograph = (name: string, probability: number) => ({
    path: `birds/test/${name}.jpg`,
    explained: name,
    probability,
  });
  const played: Localisation = {
    ...found,
    faithfulness: undefined,
    grid: {
      cells: 2,
      asked: 60,
      right: 9,
      sure: 5,
      least: 0.625,
      mosaics: [['crow', 'jay', 'owl', 'tit'].map((name, i) => photograph(name, 0.9 - i / 10))],
    },
    methods: found.methods.map((one, m) => ({
      ...one,
      scores: {
        ...one.scores,
        background: { median: 0.2, mean: 0.2, images: 2 - m },
        gridShare: 0.375,
        gridPeak: 0.5,
        gridSilent: m,
      },
      intervals: { ...one.intervals, gridShare: [0.25, 0.5], gridPeak: [0.25, 0.75] },
      difference: one.difference && { ...one.difference, gridShare: [-0.25, -0.125], gridPeak: [0, 0] },
      grid: [[0.5, 1, 0, 0].map((share) => ({ share, peak: share === 1, silent: false }))],
    })),
  };
  const text = formatLocalisation(played);
  expect(text).toMatch(/ background +GridPG +grid peak +IoU {2}ms\/image\n/);
  expect(text).toMatch(/\nlow-res .* 37\.5 \[25\.0, 50\.0\] {2}50\.0 \[25\.0, 75\.0\] {2}50\.0 /);
  const mosaics =
    '1 mosaic (60 were requested, but there were not enough photographs of different classes) of 2 x 2 photographs, ' +
    '4 of the 5 most confident of 9 classified right, each with a probability of at least 62.5 %; by chance 25 %; ' +
    'maps without evidence above 0, whose share is 0: low-res 1';
  const none = 'no value is above 0 or the object fills the picture: low-res 1';
  expect(text).toContain(`\ngrid pointing game: ${mosaics}\nno background level, because ${none}\n\n`);
  expect(text).toContain('difference to low-res, image by image, mosaic by mosaic; *');
  expect(text).toMatch(/\ncenter-prior .* \+0\.0 \[-25\.0, -12\.5\] \* {2}\+0\.0 \[\+0\.0, \+0\.0\]\n/);

  const html = localisationReport(played);
  for (const part of [
    `<p>Grid pointing game: ${mosaics}.</p>`,
    '<dt>GridPG, highest: low-res</dt><dd>37.5 %</dd>',
    '<td>37.5 <small>25.0 to 50.0</small></td>',
  ]) {
    expect(html).toContain(part);
  }
  expect(localisationReport(found)).not.toContain('GridPG');

  const { grid, methods } = JSON.parse(localisationJson(played));
  expect(methods[1].scores).toMatchObject({ gridShare: 0.375, gridPeak: 0.5, gridSilent: 1 });
  expect(grid).toMatchObject({ cells: 2, asked: 60, right: 9, sure: 5, least: 0.625 });
  expect(grid.mosaics[0][1]).toEqual({
    image: 'birds/test/jay.jpg',
    explained: 'jay',
    probability: 0.8,
    share: { 'center-prior': 1, 'low-res': 1 },
    peak: { 'center-prior': true, 'low-res': true },
  });
  const [head, , jay] = (methodMosaicsCsv(played) ?? '').split('\r\n');
  expect(head).toBe(
    'mosaic,cell,image,explained,probability,share(center-prior),share(low-res),peak(center-prior),peak(low-res)',
  );
  expect(jay).toBe('0,1,birds/test/jay.jpg,jay,0.8,1,1,true,true');
  expect(methodMosaicsCsv(found)).toBeUndefined();
  const row = (name: string): string | undefined => {
    const [titles, first] = methodsCsv(played)
      .split('\r\n')
      .map((line) => line.split(','));
    return first[titles.indexOf(name)];
  };
  expect(['grid_share', 'grid_peak_high', 'grid_share_difference_low', 'background_mean'].map(row)).toEqual([
    '0.375',
    '0.75',
    '-0.25',
    '0.2',
  ]);
});

test('the page: every section, escaped names, the tile of the best method that is not a baseline', () => {
  const example = { name: 'crow/<1>.jpg', picture: 'data:,', boxIou: 0.5, points: false };
  const html = localisationReport(found, [
    { method: 'low-res', groups: [{ title: 'best', examples: [example] }] },
  ]);
  for (const part of [
    '<dt>MaxBoxAccV2, highest: low-res</dt><dd>50.0 %</dd>',
    '<h2>Compared with low-res</h2>',
    '<td>+5.0 [+1.0, +9.0] *</td>',
    '<h2>Faithfulness</h2>',
    '<h3>low-res</h3>',
    '<img src="data:," alt="crow/&lt;1&gt;.jpg"',
    'peak off the object',
    'crow, &lt;rook&gt;',
    '1 file skipped',
  ]) {
    expect(html).toContain(part);
  }
  expect(html).not.toMatch(/<rook>|<1>/);
  expect(localisationReport(found)).not.toContain('<h2>Pictures</h2>');
});
