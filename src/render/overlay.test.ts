import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { colorTable } from './colormap.ts';
import { drawOverlay, overlay } from './overlay.ts';

const grey = tensor('uint8', [1, 3, 3], new Uint8Array(9).fill(100));
const ramp = tensor('float32', [1, 3], [0, 1, 2]);
const pixel = (data: Uint8Array, i: number) => [...data.subarray(3 * i, 3 * i + 3)];

test('fading shows the image at the low end and the full opacity at the high end', () => {
  const { data, shape } = overlay(grey, ramp, { opacity: 1 });
  expect(shape).toEqual([1, 3, 3]);
  expect(pixel(data, 0)).toEqual([100, 100, 100]);
  expect(pixel(data, 2)).toEqual([...colorTable('turbo').subarray(765)]);
});

test('without fading every pixel has the same opacity', () => {
  const table = colorTable('viridis');
  const { data } = overlay(grey, ramp, { opacity: 0.5, fade: false, colormap: 'viridis' });
  expect(pixel(data, 0)).toEqual([...table.subarray(0, 3)].map((c) => Math.round(100 + (c - 100) / 2)));
  expect(pixel(data, 2)).toEqual([...table.subarray(765)].map((c) => Math.round(100 + (c - 100) / 2)));
});

test('in a symmetric range zero is transparent and both ends show', () => {
  const { data } = overlay(grey, tensor('float32', [1, 3], [-2, 0, 2]), { range: 'symmetric', opacity: 1 });
  expect(pixel(data, 1)).toEqual([100, 100, 100]);
  expect(pixel(data, 0)[2]).toBeGreaterThan(pixel(data, 0)[0]);
  expect(pixel(data, 2)[0]).toBeGreaterThan(pixel(data, 2)[2]);
});

test('a range from -m to m counts as symmetric', () => {
  const map = tensor('float32', [1, 3], [-2, 0, 1]);
  expect(overlay(grey, map, { range: [-2, 2] })).toEqual(overlay(grey, map, { range: 'symmetric' }));
  expect(overlay(grey, map, { range: [-2, 3] })).not.toEqual(overlay(grey, map, { range: 'symmetric' }));
});

test('opacity 0 and a flat map leave the image unchanged; grey images become RGB', () => {
  expect(overlay(grey, ramp, { opacity: 0, fade: false })).toEqual(grey);
  expect(overlay(grey, tensor('float32', [1, 1], [5]))).toEqual(grey);
  expect(overlay(tensor('uint8', [2, 2, 1]), ramp).shape).toEqual([2, 2, 3]);
});

test('resizes the map to the image', () => {
  const wide = tensor('uint8', [2, 8, 3]);
  const { data } = overlay(wide, tensor('float32', [1, 2], [0, 1]), { opacity: 1 });
  expect(pixel(data, 0)).toEqual([0, 0, 0]);
  expect(pixel(data, 7)).toEqual([...colorTable('turbo').subarray(765)]);
});

test('errors have the rule and the value', () => {
  expect(() => overlay(grey, ramp, { opacity: 1.5 })).toThrow('overlay: opacity must be in [0, 1], got 1.5');
  expect(() => overlay(tensor('uint8', [2, 2]), ramp)).toThrow('overlay: a picture must have shape');
  expect(() => drawOverlay(grey, ramp, { probability: 2 })).toThrow('a probability must be in [0, 1], got 2');
  expect(() => drawOverlay(grey, ramp, { size: 0 })).toThrow('size must be a number > 0, got 0');
});

test('the drawing has a colour bar with ticks, the caption and the probability', () => {
  const svg = drawOverlay(grey, ramp, {
    title: 'T',
    caption: 'a <b> & "c"',
    probability: 0.934,
    label: 'refined',
    note: 'of the middle',
  });
  for (const part of [
    'role="img"',
    '<title>T</title>',
    'a &lt;b&gt; &amp; &quot;c&quot;',
    '93.4 %',
    '>refined<',
    '>of the middle<',
  ]) {
    expect(svg).toContain(part);
  }
  expect(svg.match(/<image /g)).toHaveLength(2);
  expect(svg).toMatch(/>0(\.0)?<\/text>/);
  expect(svg).toMatch(/>2(\.0)?<\/text>/);
  expect(drawOverlay(grey, tensor('float32', [1, 1], [5]))).toContain('>5</text>');
});
