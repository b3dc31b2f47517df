import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { type Picture, tensor } from '../tensor/tensor.ts';
import { drawPng } from './draw-png.ts';
import type { Medium } from './medium.ts';
import { drawOverlay } from './overlay.ts';
import { rasterize } from './rasterize.ts';
import { element, svgDocument } from './svg.ts';

const page = (medium: Medium, ...children: string[]): string =>
  svgDocument(
    { width: 20, height: 10, title: 't', description: 'd', background: medium.background },
    ...children,
  );

test('pictures are below everything else, in their boxes; the page is white', async () => {
  const colours: Picture = tensor('uint8', [1, 2, 3], [255, 0, 0, 0, 0, 255]);
  const grey: Picture = tensor('uint8', [1, 1, 1], [100]);
  const png = decode(
    await drawPng((medium) =>
      page(
        medium,
        element('rect', { x: 0, y: 0, width: 20, height: 2, fill: '#000000', 'fill-opacity': 0.5 }),
        medium.place(colours, { left: 4, top: 1, width: 8, height: 4 }),
        medium.place(grey, { left: 14, top: 6, width: 3.1, height: 2 }),
      ),
    ),
  );
  expect([png.width, png.height, png.channels]).toEqual([40, 20, 3]);
  const at = (x: number, y: number): number[] =>
    Array.from(png.data.subarray(3 * (y * 40 + x), 3 * (y * 40 + x) + 3));
  expect(at(1, 8)).toEqual([255, 255, 255]);
  expect(at(1, 1)).toEqual([127, 127, 127]);
  expect(at(9, 8)).toEqual([255, 0, 0]);
  expect(at(22, 8)).toEqual([0, 0, 255]);
  expect(at(22, 3)).toEqual([0, 0, 127]);
  expect(at(30, 14)).toEqual([100, 100, 100]);
  expect(at(34, 15)).toEqual([255, 255, 255]);
});

test('a figure looks like its SVG', async () => {
  const image = tensor(
    'uint8',
    [32, 48, 3],
    Uint8Array.from({ length: 32 * 48 * 3 }, (_, i) => (i >> 4) % 256),
  );
  const map = tensor('float32', [2, 3], [0, 1, 2, 3, 2, 1]);
  const draw = (medium?: Medium): string => drawOverlay(image, map, { title: 'T', size: 200 }, medium);
  const [png, svg] = [decode(await drawPng(draw, 1)), decode(rasterize(draw(), { scale: 1 }))];
  expect([png.width, png.height]).toEqual([svg.width, svg.height]);
  let difference = 0;
  for (let i = 0; i < png.width * png.height; i++) {
    for (let c = 0; c < 3; c++) difference += Math.abs(png.data[3 * i + c] - svg.data[4 * i + c]);
  }
  expect(difference / png.data.length).toBeLessThan(3);
});

test('errors have the rule and the value', async () => {
  await expect(drawPng(() => 'no svg')).rejects.toThrow('rasterize: the SVG cannot be drawn');
  await expect(drawPng((medium) => page(medium), 0)).rejects.toThrow(
    'rasterize: scale must be a number > 0, got 0',
  );
});
