import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { type CrfRefinement, refineDefaults } from '../refine/pipeline.ts';
import { random } from '../tensor/random.ts';
import { type FloatMap, tensor } from '../tensor/tensor.ts';
import { drawPipeline } from './pipeline-figure.ts';
import { rasterize } from './rasterize.ts';

/** Synthetic steps of the right shapes: an object in the middle. */
function refinement(height: number, width: number, cells = 16): CrfRefinement {
  const { next } = random(1);
  const map = (h: number, w: number, value: (distance: number) => number): FloatMap =>
    tensor(
      'float32',
      [h, w],
      Float32Array.from({ length: h * w }, (_, i) =>
        value(Math.hypot((i % w) / w - 0.5, Math.floor(i / w) / h - 0.5)),
      ),
    );
  const inside = map(height, width, (d) => Number(d < 0.2));
  const image = tensor(
    'uint8',
    [height, width, 3],
    Uint8Array.from({ length: 3 * height * width }, () => 255 * next()),
  );
  return {
    refiner: 'crf',
    flat: [],
    image,
    lowCam: tensor('float32', [2, 3], [-1.83, 0, 0.2, 0.313, -1, 0]),
    highCam: map(height, width, (d) => 2 - 6 * d),
    colours: tensor('uint8', [cells, cells, 3]),
    unary: map(cells, cells, (d) => 3.6 - 10 * d),
    peak: { x: cells - 1, y: 0 },
    affinity: map(cells, cells, (d) => Math.exp(-9 * d)),
    probabilities: map(cells, cells, (d) => Math.max(0, 1 - 2 * d)),
    merged: map(height, width, (d) => Math.max(0, 1 - 2 * d)),
    kept: tensor('uint8', [height, width], Uint8Array.from(inside.data)),
    result: image,
    options: {
      ...refineDefaults,
      crfLevel: 0.8,
      crfSpatial: 0.1,
      crfColour: 12.5,
      crfWeight: 3,
      filterType: 'percentage',
      filterPercentage: 15,
      filterThreshold: 0.6,
    },
  };
}

const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/>([^<>]+)<\/text>/g)].map(([, content]) => content);
/** Whether the SVG has a NaN or an undefined text; embedded pictures may contain such letters by chance. */
const hasFault = (svg: string): boolean => /NaN|undefined|Infinity/.test(svg.replace(/base64,[^"]*/g, ''));

const titles = [
  'Image',
  'High-resolution CAM',
  'Unary logits',
  'Dense CRF',
  'Low-resolution CAM',
  'Colours of the cells',
  'Affinity to the peak',
  'Refined CAM',
  'Kept',
  'Result',
];

describe.each([
  [224, 224],
  [32, 32],
  [40, 120],
  [150, 50],
])('an image of %i x %i', (height, width) => {
  const svg = drawPipeline(refinement(height, width));

  test('draws every panel with its parameter', () => {
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        ...titles,
        `${width} × ${height} pixels`,
        'weight 3, 16 × 16 cells',
        'reach 0.1, colour 12.5',
        'highest 15 %',
        '−1.83',
        'peak: the highest logit',
      ]),
    );
    expect(hasFault(svg)).toBe(false);
    // Ten panels, three scales, one bar in the legend.
    expect(svg.match(/<image /g)).toHaveLength(14);
  });

  test('draws nothing outside the page', () => {
    const [, pageWidth, pageHeight] = (svg.match(/viewBox="0 0 ([\d.]+) ([\d.]+)"/) ?? []).map(Number);
    for (const [, x, y] of svg.matchAll(/ c?x="([-\d.]+)" c?y="([-\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThan(pageWidth);
      expect(Number(y)).toBeGreaterThanOrEqual(0);
      expect(Number(y)).toBeLessThan(pageHeight);
    }
    for (const [, x] of svg.matchAll(/[ML](\d+\.?\d*) /g)) expect(Number(x)).toBeLessThan(pageWidth);
  });
});

test('draws title, caption, predictions and a threshold', () => {
  const r = refinement(64, 64);
  const options = { ...r.options, filterType: 'threshold' } as const;
  const predictions = [{ name: 'tench <&>', probability: 0.914 }];
  const svg = drawPipeline(
    { ...r, options },
    { title: 'A <title>', caption: 'word '.repeat(60), predictions },
  );
  const texts = textsOf(svg);
  expect(texts).toEqual(
    expect.arrayContaining(['A &lt;title&gt;', 'tench &lt;&amp;&gt;', '91.4 %', 'Prediction']),
  );
  expect(texts.some((content) => content.startsWith('above 0.6: '))).toBe(true);
  expect(texts.filter((content) => content.startsWith('word word')).length).toBeGreaterThan(1);
  expect(svg).toMatch(/<desc>The image is classified as tench .*what exceeds 0\.6/);
});

test('draws grey images, flat maps and empty masks, also as PNG', () => {
  const [zeros, none] = [tensor('float32', [32, 32]), tensor('uint8', [32, 32])];
  const grey = tensor('uint8', [32, 32, 1]);
  const r = { ...refinement(32, 32), image: grey, result: grey, highCam: zeros, merged: zeros, kept: none };
  const cells = tensor('float32', [16, 16]);
  const svg = drawPipeline({ ...r, lowCam: zeros, unary: cells, affinity: cells, probabilities: cells });
  expect(textsOf(svg)).toContain('0 everywhere');
  expect(hasFault(svg)).toBe(false);
  expect(decode(rasterize(svg, { width: 600 })).width).toBe(600);
});

test('errors have the rule and the value', () => {
  const r = refinement(32, 32);
  expect(() => drawPipeline({ ...r, merged: tensor('float32', [32, 31]) })).toThrow(
    'drawPipeline: merged is [32,31], the image [32,32,3]',
  );
  expect(() => drawPipeline({ ...r, unary: tensor('float32', [8, 16]) })).toThrow(
    'drawPipeline: unary is [8,16], the grid of colours [16,16,3]',
  );
  expect(() => drawPipeline(r, { predictions: [{ name: 'car', probability: 1.2 }] })).toThrow(
    "a probability must be in [0, 1], that of 'car' is 1.2",
  );
});
