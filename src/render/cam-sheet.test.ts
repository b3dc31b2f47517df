import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { type CamSample, drawCamSheet } from './cam-sheet.ts';
import { overlay } from './overlay.ts';
import { rasterize } from './rasterize.ts';
import { enlargePixels } from './resample.ts';
import { pngDataUri } from './svg.ts';

const image = tensor('uint8', [40, 40, 3], new Uint8Array(4800).fill(90));
const lowCam = tensor('float32', [2, 2], [0, 1, 2, 3]);
const sample: CamSample = {
  name: 'a.jpg',
  image,
  lowCam,
  predicted: 'cat <1>',
  probability: 0.875,
  truth: 'cat <1>',
};
const sizeOf = (svg: string) => /width="([\d.]+)" height="([\d.]+)"/.exec(svg)?.slice(1).map(Number);

test('shows a picture with its map, the class and its probability', () => {
  const svg = drawCamSheet([sample]);
  const hrefs = [...svg.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
  expect(hrefs).toEqual([image, overlay(image, lowCam)].map((p) => pngDataUri(enlargePixels(p, 288))));
  expect(svg).toContain('>cat &lt;1&gt;</text>');
  expect(svg).toContain('>87.5 %</text>');
  expect(svg).not.toContain('wrong');
  expect(drawCamSheet([{ ...sample, truth: 'dog' }])).toContain('>wrong: it is dog</text>');
  expect(drawCamSheet([{ ...sample, truth: undefined }])).not.toContain('wrong');
});

test('adds a third tile for the high-res map, in rows and columns', () => {
  const [narrow] = sizeOf(drawCamSheet([sample])) ?? [];
  const full = drawCamSheet([{ ...sample, highCam: tensor('float32', [40, 40]) }]);
  expect(full.match(/<image/g)).toHaveLength(3);
  expect(sizeOf(full)?.[0]).toBe(narrow + 148);
  const [width, height] = sizeOf(drawCamSheet(Array(7).fill(sample))) ?? [];
  const [wide, flat] = sizeOf(drawCamSheet(Array(7).fill(sample), { columns: 7 })) ?? [];
  expect(wide / width).toBeCloseTo(7 / 3, 1);
  expect(height / flat).toBeCloseTo(3, 0);
});

test('is drawn as a PNG', () => {
  const png = rasterize(drawCamSheet([sample, sample]), { scale: 1 });
  const [width, height] = sizeOf(drawCamSheet([sample, sample])) ?? [];
  const view = new DataView(png.buffer, png.byteOffset);
  expect([view.getUint32(16), view.getUint32(20)]).toEqual([width, height]);
});

test('rejects invalid data', () => {
  expect(() => drawCamSheet([])).toThrow('drawCamSheet: needs at least one picture, got none');
  expect(() => drawCamSheet([sample], { columns: 0 })).toThrow('columns must be a whole number >= 1, got 0');
  expect(() => drawCamSheet([{ ...sample, probability: 2 }])).toThrow("in [0, 1], 'a.jpg' has 2");
});
