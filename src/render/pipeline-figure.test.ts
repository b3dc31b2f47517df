import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { type RegionRefinement, refine } from '../refine/pipeline.ts';
import { random } from '../tensor/random.ts';
import { type FloatMap, type Mask, tensor } from '../tensor/tensor.ts';
import { drawPipeline } from './pipeline-figure.ts';
import { rasterize } from './rasterize.ts';
import { regionFigure } from './region-figure.ts';

/** Steps of the right shapes, most of them synthetic: an object in the middle, noise around it. */
function refinement(height: number, width: number): RegionRefinement {
  const { next } = random(1);
  const size = [height, width];
  const distance = (i: number): number =>
    Math.hypot((i % width) / width - 0.5, Math.floor(i / width) / height - 0.5);
  const float = (value: (i: number) => number): FloatMap =>
    tensor(
      'float32',
      size,
      Float32Array.from({ length: height * width }, (_, i) => value(i)),
    );
  const mask = (inside: (i: number) => boolean): Mask =>
    tensor(
      'uint8',
      size,
      Uint8Array.from({ length: height * width }, (_, i) => (inside(i) ? 1 : 0)),
    );
  const image = tensor(
    'uint8',
    [...size, 3],
    Uint8Array.from({ length: 3 * height * width }, () => 255 * next()),
  );
  const lowCam = tensor('float32', [2, 3], [-1.83, 0, 0.2, 0.313, -1, 0]);
  const done = refine(
    image,
    lowCam,
    float((i) => 2 - 6 * distance(i)),
  );
  return {
    ...done,
    blurred: float((i) => Math.max(0, 1 - 2 * distance(i))),
    edges: float(next),
    lowResized: float((i) => 1 - 4 * distance(i)),
    roi: mask((i) => distance(i) < 0.3),
    bounds: { lower: 0.0831233, upper: 0.2234167 },
    focalPoints: mask((i) => distance(i) < 0.05),
    segmented: mask((i) => distance(i) < 0.1),
    fullSegment: mask((i) => distance(i) < 0.2),
    merged: float((i) => Math.max(0, 1 - 2 * distance(i))),
    kept: mask((i) => distance(i) < 0.2),
    result: image,
    options: {
      ...done.options,
      roiPercentile: 85,
      focalScope: 'global',
      mergeType: 'blend',
      mergeAlpha: 0.5,
      filterType: 'percentage',
      filterPercentage: 15,
      filterThreshold: 0.6,
    },
  };
}

/**
 * Checks that tags nest and close, attributes are quoted and no stray `<` or `&` is left; returns the texts.
 */
function readXml(xml: string): string[] {
  const stack: string[] = [];
  const texts: string[] = [];
  const tag = /<(\/?)([a-z]+)((?: [a-z:A-Z-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
  let at = 0;
  for (let match = tag.exec(xml); match !== null; match = tag.exec(xml)) {
    at = tag.lastIndex;
    const [whole, closing, name, , empty, content] = match;
    expect(whole.replace(/&(amp|lt|gt|quot|#39);/g, '').includes('&')).toBe(false);
    if (content !== undefined) texts.push(content);
    else if (closing) expect(stack.pop()).toBe(name);
    else if (!empty) stack.push(name);
  }
  expect(at).toBe(xml.length);
  expect(stack).toEqual([]);
  return texts;
}

/** Whether the SVG has a NaN or an undefined text; embedded pictures may contain such letters by chance. */
function hasFault(svg: string): boolean {
  return /NaN|undefined|Infinity/.test(svg.replace(/base64,[^"]*/g, ''));
}

const titles = [
  'Image',
  'High-resolution CAM',
  'Blurred',
  'Edges',
  'Low-resolution CAM',
  'Resized',
  'Focal points',
  'Region of interest',
  'Edges in the ROI',
  'Region growing',
  'Filled segment',
  'Merger',
  'Result',
];

describe.each([
  [224, 224],
  [32, 32],
  [40, 120],
  [150, 50],
])('an image of %i x %i', (height, width) => {
  const r = refinement(height, width);
  const svg = drawPipeline(r);

  test('is drawn as well-formed SVG with every panel and its parameter', () => {
    const texts = readXml(svg);
    expect(texts).toEqual(expect.arrayContaining(titles));
    expect(texts).toEqual(
      expect.arrayContaining([
        `${width} × ${height} pixels`,
        'bilinear, from 3 × 2',
        'ROI: top 15 %',
        'bounds 0.083 – 0.223',
        'blend, alpha 0.5',
        'highest 15 % kept',
        '−1.83',
        '0.313',
      ]),
    );
    expect(/^<svg [^>]*role="img"><title>[^<]+<\/title><desc>[^<]+<\/desc>/.test(svg)).toBe(true);
    expect(hasFault(svg)).toBe(false);
  });

  test('draws nothing outside the page', () => {
    const [, pageWidth, pageHeight] = svg.match(/viewBox="0 0 ([\d.]+) ([\d.]+)"/)!.map(Number);
    for (const [, x, y] of svg.matchAll(/ x="([-\d.]+)" y="([-\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThan(pageWidth);
      expect(Number(y)).toBeGreaterThanOrEqual(0);
      expect(Number(y)).toBeLessThan(pageHeight);
    }
  });

  test('pictures keep the aspect ratio', () => {
    const boxes = [...svg.matchAll(/<image [^>]*width="([\d.]+)" height="([\d.]+)"/g)];
    // The panels (the histogram is none), two scales, one bar in the legend.
    const pictures = Object.keys(regionFigure.places).length - 1;
    expect(boxes).toHaveLength(pictures + 3);
    const panels = boxes.filter(([, , h]) => Number(h) > 20);
    expect(panels).toHaveLength(pictures);
    for (const [, w, h] of panels) expect(Number(w) / Number(h)).toBeCloseTo(width / height, 2);
  });
});

test('draws title, caption and the five most probable classes, escaped, long names shortened', () => {
  const predictions = [
    { name: 'tench <&"> Tinca', probability: 0.914 },
    { name: 'butterfly_papilio_cresphontes', probability: 0.05 },
    { name: `a${' very'.repeat(20)} long name`, probability: 0.03 },
    { name: 'd', probability: 0.004 },
    { name: 'e', probability: 0.002 },
    { name: 'sixth', probability: 0 },
  ];
  const texts = readXml(
    drawPipeline(refinement(64, 64), { title: 'A <title>', caption: 'word '.repeat(60), predictions }),
  );
  expect(texts).toContain('tench &lt;&amp;&quot;&gt; Tinca');
  expect(texts).toContain('butterfly_papilio_cresphontes');
  expect(texts).toContain('91.4 %');
  expect(texts).toContain('A &lt;title&gt;');
  expect(texts.filter((content) => content.startsWith('word word'))).toHaveLength(2);
  expect(texts.find((content) => content.startsWith('a very'))).toMatch(/…$/);
  expect(texts).not.toContain('sixth');
});

test('shows other parameters', () => {
  const r = refinement(64, 64);
  const options = {
    ...r.options,
    mergeType: 'multiply',
    filterType: 'threshold',
    focalScope: 'local',
  } as const;
  const texts = readXml(drawPipeline({ ...r, options }));
  expect(texts).toContain('multiply');
  expect(texts.some((content) => content.startsWith('above 0.6: '))).toBe(true);
  expect(texts.some((content) => content.startsWith('local, '))).toBe(true);
});

test('draws grey images, flat maps and empty masks', () => {
  const r = refinement(32, 32);
  const none = tensor('uint8', [32, 32]);
  const zeros = tensor('float32', [32, 32]);
  const svg = drawPipeline({
    ...r,
    image: tensor('uint8', [32, 32, 1]),
    result: tensor('uint8', [32, 32, 1]),
    lowCam: tensor('float32', [2, 2]),
    highCam: zeros,
    blurred: zeros,
    edges: zeros,
    lowResized: zeros,
    merged: zeros,
    roi: none,
    focalPoints: none,
    segmented: none,
    fullSegment: none,
    kept: none,
    bounds: { lower: 1, upper: 0 },
  });
  const texts = readXml(svg);
  expect(texts).toContain('no pixel, no bounds');
  expect(texts).toContain('0 everywhere');
  expect(hasFault(svg)).toBe(false);
});

test('becomes a PNG of the requested width', () => {
  const png = decode(rasterize(drawPipeline(refinement(32, 32)), { width: 600 }));
  expect(png.width).toBe(600);
  expect(new Set(png.data).size).toBeGreaterThan(200);
});

test('errors have the rule and the value', () => {
  const r = refinement(32, 32);
  expect(() => drawPipeline({ ...r, edges: tensor('float32', [32, 31]) })).toThrow(
    'drawPipeline: edges is [32,31], the image [32,32,3]',
  );
  expect(() => drawPipeline({ ...r, result: tensor('uint8', [16, 16, 3]) })).toThrow(
    'drawPipeline: result is [16,16,3], the image [32,32,3]',
  );
  expect(() => drawPipeline(r, { predictions: [{ name: 'car', probability: 1.2 }] })).toThrow(
    "a probability must be in [0, 1], that of 'car' is 1.2",
  );
});
