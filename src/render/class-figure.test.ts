import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { drawClasses } from './class-figure.ts';

const picture = tensor('uint8', [20, 30, 3]);
const column = { levels: tensor('uint8', [20, 30]), mask: tensor('uint8', [20, 30]) };

test('has a column per class, with the proportions of the picture', () => {
  const columns = [
    { ...column, name: 'cat & dog', probability: 0.5 },
    { ...column, name: 'fox', probability: 0.25 },
  ];
  const size = { height: 2000, width: 3000 };
  const predictions = [{ name: 'cat & dog', probability: 0.5 }];
  const svg = drawClasses(picture, columns, { title: 'photo', caption: 'why', size, predictions });
  expect(svg).toMatch(/^<svg /);
  const words = [
    'photo',
    'cat &amp; dog',
    'fox',
    '25.0 %, refined CAM',
    '3000 × 2000 pixels',
    '0 % of the picture',
    'why',
  ];
  for (const word of words) expect(svg).toContain(word);
  const images = [...svg.matchAll(/<image [^>]*? width="([\d.]+)" height="([\d.]+)"/g)];
  expect(images).toHaveLength(5);
  for (const [, width, height] of images) expect(Number(width) / Number(height)).toBeCloseTo(1.5, 2);
});

test('draws maps without a class, and no class at all', () => {
  expect(drawClasses(picture, [column])).toContain('Refined CAM');
  expect(() => drawClasses(picture, [])).toThrow('drawClasses: needs at least one class, got none');
});
