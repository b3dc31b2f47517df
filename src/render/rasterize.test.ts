import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { fontFamily } from './font.ts';
import { rasterize } from './rasterize.ts';
import { svgDocument, text } from './svg.ts';

const svg = svgDocument(
  { width: 100, height: 40, title: 't', description: 'd' },
  text('Edges', { x: 5, y: 30, 'font-size': 24, 'font-family': fontFamily }),
);
const dark = (png: Uint8Array): number => {
  const { data, channels } = decode(png);
  let count = 0;
  for (let i = 0; i < data.length; i += channels) if (data[i] < 128 && data[i + channels - 1] > 128) count++;
  return count;
};

test('size follows scale or width; text is drawn without system fonts', () => {
  const twice = decode(rasterize(svg));
  expect([twice.width, twice.height]).toEqual([200, 80]);
  const wide = rasterize(svg, { width: 350 });
  expect([decode(wide).width, decode(wide).height]).toEqual([350, 140]);
  expect(dark(wide)).toBeGreaterThan(1000);
  expect(dark(rasterize(svg.replace('Edges', ''), { width: 350 }))).toBe(0);
});

test('the semibold face differs', () => {
  const bold = svg.replace('font-size', 'font-weight="600" font-size');
  expect(dark(rasterize(bold))).toBeGreaterThan(dark(rasterize(svg)) * 1.1);
});

test('the background is white by default', () => {
  const empty = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>';
  expect([...decode(rasterize(empty, { scale: 1 })).data.slice(0, 4)]).toEqual([255, 255, 255, 255]);
  expect(decode(rasterize(empty, { scale: 1, background: 'transparent' })).data[3]).toBe(0);
  expect([...decode(rasterize(empty, { scale: 1, background: '#ff0000' })).data.slice(0, 4)]).toEqual([
    255, 0, 0, 255,
  ]);
});

test('errors have the rule and the value', () => {
  expect(() => rasterize('no svg')).toThrow('rasterize: the SVG cannot be drawn');
  expect(() => rasterize(svg, { scale: 0 })).toThrow('rasterize: scale must be a number > 0, got 0');
  expect(() => rasterize(svg, { width: Number.NaN })).toThrow(
    'rasterize: width must be a number > 0, got NaN',
  );
});
