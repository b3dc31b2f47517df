import { expect, test } from 'vitest';
import { refine } from '../../refine/pipeline.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Explained } from '../state/pane.ts';
import { layerOf, mapShown, mapsThere, pixelAt } from './map-layer.ts';

const seen = tensor('uint8', [4, 4, 3], new Uint8Array(48).fill(100));
const low = tensor('float32', [2, 2], [-1, 0, 1, 3]);
const high = tensor(
  'float32',
  [4, 4],
  Array.from({ length: 16 }, (_, i) => i / 4 - 1),
);
const explained = { low, high, seen } as unknown as Explained;
const refinement = refine(seen, low, high);

test('signed maps are diverging unless a colour map is chosen', () => {
  expect(layerOf(explained, refinement, { map: 'lowCam', colormap: 'auto' })).toMatchObject({
    colormap: 'bluered',
    range: [-3, 3],
    diverging: true,
  });
  expect(layerOf(explained, refinement, { map: 'lowCam', colormap: 'magma' })).toMatchObject({
    range: [-1, 3],
    diverging: false,
  });
});

test('maps that always lie in [0, 1] keep that range', () => {
  for (const map of ['merged', 'edges', 'blurred', 'roi', 'result'] as const) {
    expect(layerOf(explained, refinement, { map, colormap: 'auto' })?.range, map).toEqual([0, 1]);
  }
});

test('no layer for the picture itself; the low-res map without a refinement', () => {
  expect(layerOf(explained, refinement, { map: 'image', colormap: 'auto' })).toBeUndefined();
  expect(layerOf(explained, undefined, { map: 'merged', colormap: 'auto' })).toMatchObject({
    name: 'lowCam',
    map: low,
  });
});

test('positions map to pixels, including the last one', () => {
  expect(pixelAt(high, { x: 0, y: 0 })).toEqual({ column: 0, row: 0, index: 0 });
  expect(pixelAt(high, { x: 1, y: 0.99 })).toEqual({ column: 3, row: 3, index: 15 });
  expect(pixelAt(high, { x: 0.5, y: 0.25 })).toEqual({ column: 2, row: 1, index: 6 });
});

test('each refiner has its own maps; a missing one is replaced by the refined map', () => {
  const byCrf = refine(seen, low, high, { refiner: 'crf' });
  expect(mapsThere(byCrf)).toEqual([
    ...['merged', 'highCam', 'lowCam', 'unary', 'affinity', 'probabilities', 'result', 'image'],
  ]);
  expect(mapsThere(refinement)).not.toContain('unary');
  expect(mapShown('unary', byCrf)).toBe('unary');
  expect(layerOf(explained, refinement, { map: 'unary', colormap: 'auto' })?.name).toBe('merged');
  expect(layerOf(explained, byCrf, { map: 'edges', colormap: 'auto' })?.name).toBe('merged');
  // Its values sum to 1, so each is far below 1.
  const affinity = layerOf(explained, byCrf, { map: 'affinity', colormap: 'auto' });
  expect(affinity?.range[1]).toBeLessThan(0.5);
});
