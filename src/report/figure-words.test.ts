import { expect, test } from 'vitest';
import { figureWords } from './figure-words.ts';

const method = { name: 'layer-cam', title: 'LayerCAM', layers: ['dense_5', 'dense_3'], smooth: true };

test("a full model's own maps of a whole picture have no caption", () => {
  expect(figureWords('cat.jpg', 'cat', { enlarged: false })).toEqual({
    title: 'cat.jpg: cat',
    caption: undefined,
  });
  expect(figureWords('cat.jpg', undefined, {})).toEqual({ title: 'cat.jpg', caption: undefined });
});

test('the caption says if maps are enlarged or only a part of the picture is seen', () => {
  const { caption } = figureWords('cat.jpg', 'cat', { enlarged: true, covers: [20, 99, 300, 379] });
  expect(caption).toBe(
    'High-resolution CAM: the low-resolution one, enlarged, since the model has no other. ' +
      'The middle of the picture: x 20 to 300, y 99 to 379 of its pixels.',
  );
});

test('title and caption name the method of a map', () => {
  expect(figureWords('cat.jpg', 'cat', { method, enlarged: true })).toEqual({
    title: 'cat.jpg: cat, LayerCAM (dense_5, dense_3), smoothed',
    caption:
      'Low-resolution CAM: the map of LayerCAM (dense_5, dense_3), smoothed. High-resolution CAM: the low-resolution one, enlarged.',
  });
});
