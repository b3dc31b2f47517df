import { expect, test } from 'vitest';
import { checkMapSizes, type Sized } from './map-sizes.ts';

const sized = (name: string, [height, width]: readonly number[]): Sized => ({ name, height, width });
const check = (picture: readonly number[], low: readonly number[], high: readonly number[]): string[] =>
  checkMapSizes(sized('pic.jpg', picture), sized('low', low), sized('high', high));

test.each([
  // Squashed to a square, the network's way.
  [
    [256, 384],
    [7, 7],
    [224, 224],
  ],
  [
    [256, 384],
    [7, 7],
    [256, 384],
  ],
  [
    [384, 256],
    [14, 14],
    [128, 128],
  ],
  // In the picture's proportions, rounded to cells.
  [
    [256, 384],
    [8, 12],
    [256, 384],
  ],
  [
    [375, 500],
    [12, 16],
    [375, 500],
  ],
  [
    [375, 500],
    [11, 15],
    [352, 480],
  ],
  [
    [375, 500],
    [8, 11],
    [256, 352],
  ],
  [
    [500, 375],
    [16, 12],
    [512, 384],
  ],
  [
    [600, 200],
    [3, 1],
    [96, 32],
  ],
  // Maps of one size: the low-res map was enlarged before.
  [
    [256, 384],
    [256, 384],
    [256, 384],
  ],
  [
    [256, 384],
    [224, 224],
    [224, 224],
  ],
  // One enlarged to the network's square, and one to the picture's own size.
  [
    [300, 200],
    [7, 7],
    [300, 200],
  ],
  [
    [224, 224],
    [7, 7],
    [224, 224],
  ],
  [
    [1000, 1030],
    [7, 7],
    [224, 231],
  ],
])('accepts picture %j, low %j, high %j', (picture, low, high) => {
  expect(check(picture, low, high)).toEqual([]);
});

test.each([
  [
    [256, 384],
    [7, 7],
    [384, 256],
    'high [384, 256] has height and width swapped relative to pic.jpg [256, 384]',
  ],
  [
    [256, 384],
    [12, 8],
    [256, 384],
    'low [12, 8] has height and width swapped relative to pic.jpg [256, 384]',
  ],
  [
    [256, 384],
    [12, 8],
    [224, 224],
    'low [12, 8] has height and width swapped relative to pic.jpg [256, 384]',
  ],
  [[256, 384], [7, 7], [192, 128], 'high [192, 128] has height and width swapped'],
  [[1200, 1600], [7, 7], [341, 256], 'high [341, 256] has height and width swapped'],
  // Nearly square: only an exact match is accepted.
  [[250, 256], [7, 7], [256, 250], 'high [256, 250] has height and width swapped'],
  // A square picture: the maps against each other.
  [[300, 300], [12, 8], [256, 384], 'low [12, 8] has height and width swapped relative to high [256, 384]'],
  [[256, 384], [256, 384], [7, 7], 'low [256, 384] is larger than high [7, 7]: are the low-res'],
  [[256, 384], [384, 256], [7, 7], 'low [384, 256] is larger than high [7, 7]'],
])('rejects picture %j, low %j, high %j', (picture, low, high, message) => {
  expect(() => check(picture, low, high)).toThrow(message);
});

test.each([
  [
    [256, 384],
    [7, 7],
    [200, 384],
    'high [200, 384] has other proportions than pic.jpg [256, 384]; it is stretched',
  ],
  [[256, 384], [8, 7], [256, 224], 'high [256, 224] has other proportions'],
  [[300, 300], [7, 7], [200, 300], 'high [200, 300] has other proportions than pic.jpg [300, 300]'],
  [[1000, 1030], [8, 7], [224, 224], 'low [8, 7] has other proportions'],
  [[180, 320], [224, 224], [180, 320], 'low [224, 224] is larger than high [180, 320] along one side'],
])('warns about picture %j, low %j, high %j', (picture, low, high, note) => {
  expect(check(picture, low, high).join('\n')).toContain(note);
});
