import { expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { drawClutter } from './clutter.ts';
import { colourDistance, drawLch, toColour } from './colours.ts';
import { fill } from './raster.ts';
import { renderScene, type Scene } from './scene.ts';
import { placed, type ShapeName, shapeNames } from './shapes.ts';
import { drawTexture, valueNoise } from './textures.ts';

const scene = (shape: ShapeName, seed: number, size = 64): Scene =>
  renderScene({ shape, size, random: random(seed) });

test.each(shapeNames)('%s: gives a picture, the mask of its visible part, and its box', (shape) => {
  for (let seed = 0; seed < 12; seed++) {
    const { picture, mask, box } = scene(shape, seed);
    expect(picture.shape).toEqual([64, 64, 3]);
    expect(mask.shape).toEqual([64, 64]);
    const share = mask.data.reduce((total, value) => total + value, 0) / 64 ** 2;
    // A disc of 15 to 45 % of the width, up to 20 % of it hidden, and a pixel's rounding.
    expect(share).toBeGreaterThan((Math.PI / 4) * 0.15 ** 2 * 0.7);
    expect(share).toBeLessThan((Math.PI / 4) * 0.45 ** 2 * 1.05);
    const [x0, y0, x1, y1] = box;
    const rows = (x: number): number[] => Array.from({ length: 64 }, (_, y) => mask.data[y * 64 + x]);
    const columns = (y: number): number[] => [...mask.data.slice(y * 64, (y + 1) * 64)];
    for (const line of [rows(x0), rows(x1 - 1), columns(y0), columns(y1 - 1)]) expect(line).toContain(1);
    for (let i = 0; i < mask.data.length; i++) {
      const inside = i % 64 >= x0 && i % 64 < x1 && i >= y0 * 64 && i < y1 * 64;
      if (!inside && mask.data[i] !== 0) expect.fail(`pixel ${i} lies outside the box ${box}`);
    }
  }
});

test('the same seed gives the same scene, another seed another', () => {
  expect(scene('star', 4)).toEqual(scene('star', 4));
  expect(scene('star', 5).picture).not.toEqual(scene('star', 4).picture);
});

test('the object stands out from its surroundings', () => {
  // Its mean colour is far from that of the ring of pixels about its box in most scenes.
  const far = Array.from({ length: 40 }, (_, seed) => {
    const { picture, mask, box } = scene('disc', seed);
    const sums = [0, 1].map(() => [0, 0, 0, 0]);
    for (let i = 0; i < mask.data.length; i++) {
      const [x, y] = [i % 64, Math.floor(i / 64)];
      if (x < box[0] - 2 || x >= box[2] + 2 || y < box[1] - 2 || y >= box[3] + 2) continue;
      const into = sums[mask.data[i]];
      for (let k = 0; k < 3; k++) into[k] += picture.data[3 * i + k];
      into[3]++;
    }
    const [out, on] = sums.map(([r, g, b, n]) => [r / n, g / n, b / n] as const);
    return colourDistance(out, on);
  });
  expect(far.filter((distance) => distance > 60).length).toBeGreaterThan(30);
});

test('rejects a size out of range', () => {
  for (const size of [31, 4097, 64.5]) {
    expect(() => scene('disc', 0, size)).toThrow(
      `renderScene: the size is a whole number from 32 to 4096, got ${size}`,
    );
  }
  expect(scene('disc', 0, 32).picture.shape).toEqual([32, 32, 3]);
});

test('textures mix within [0, 1], and vary', () => {
  const draws = random(1);
  for (let i = 0; i < 60; i++) {
    const { mix, first } = drawTexture(draws, 64);
    const values = Array.from({ length: 64 * 64 }, (_, at) => mix(at % 64, Math.floor(at / 64)));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.05);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...first)).toBeLessThanOrEqual(255);
  }
});

test('value noise is smooth', () => {
  const noise = valueNoise(random(2), 16, 1);
  for (let x = -40; x < 40; x++) expect(Math.abs(noise(x, 3) - noise(x + 0.1, 3))).toBeLessThan(0.02);
});

test('colours: white, black and grey have their lightness; all drawn colours are in sRGB', () => {
  expect(toColour({ lightness: 1, chroma: 0, hue: 0 }).map(Math.round)).toEqual([255, 255, 255]);
  expect(toColour({ lightness: 0, chroma: 0, hue: 0 })).toEqual([0, 0, 0]);
  // OKLCH of sRGB red.
  const red = toColour({ lightness: 0.62796, chroma: 0.25768, hue: (29.234 * Math.PI) / 180 });
  expect(red.map(Math.round)).toEqual([255, 0, 0]);
  const draws = random(3);
  for (let i = 0; i < 100; i++) expect(Math.max(...toColour(drawLch(draws)))).toBeLessThanOrEqual(255);
});

test('clutter covers something of about its length across', () => {
  const draws = random(4);
  for (let i = 0; i < 200; i++) {
    const { data } = fill(placed(drawClutter(draws, 40), [64, 64], 1), 128);
    const area = data.reduce((total, value) => total + value, 0);
    expect(area).toBeGreaterThan(50);
    expect(area).toBeLessThan(40 * 50);
  }
});
