import { expect, test } from 'vitest';
import type { Step, Steps } from '../refine/steps.ts';
import { tensor } from '../tensor/tensor.ts';
import { FigureArrows } from './figure-arrows.ts';
import { layout, legendPlace, type Place, placesOf } from './figure-page.ts';
import { regionFigure } from './region-figure.ts';

function step(place: Place, sources: readonly string[] = []): Step {
  return { title: 'x', kind: 'unit', sources, place };
}

test('steps run to the right in two rows, and to the left in the third', () => {
  const steps = { c: step([1, 1]), e: step([0, 2]), b: step([1, 0]), d: step([1, 2]), a: step([0, 0]) };
  expect(Object.keys(placesOf(steps)).join('')).toBe('abcde');
  expect(Object.keys(regionFigure.places).at(0)).toBe('image');
  expect(Object.keys(regionFigure.places).at(-1)).toBe('result');
});

test('the legend uses the first free place, or a column of its own', () => {
  expect(legendPlace({ a: [0, 0], b: [0, 2], c: [1, 0], d: [1, 2] })).toEqual([1, 1]);
  expect(legendPlace({ a: [0, 0], b: [0, 2], c: [1, 0], d: [1, 1], e: [1, 2] })).toEqual([2, 0]);
});

test('an arrow without a drawn path runs from side to side', () => {
  const steps: Steps = {
    image: step([0, 0]),
    next: step([1, 0], ['image']),
    far: step([2, 0], ['image']),
    below: step([2, 2], ['next', 'far']),
    back: step([1, 1], ['below', 'next']),
  };
  const places = placesOf(steps);
  const grid = layout(tensor('uint8', [8, 8, 3]), places, {});
  const line = new FigureArrows<string>(grid, { steps, places });
  line.leaveOut('next', 'back');
  line.rest();
  const heads = [...line.with().matchAll(/<path d="M([\d.]+) ([\d.]+)L[^"]*Z"/g)].map(([, x]) => Number(x));
  const tips = [
    line.left('next'),
    line.left('far'),
    line.right('back'),
    line.left('below'),
    line.right('below'),
  ];
  expect(heads.length).toBe(tips.length);
  for (const [i, x] of heads.entries()) expect(x).toBeCloseTo(tips[i][0], 0);
});
