import { describe, expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { mapsOf } from './maps-of.ts';
import { refine } from './pipeline.ts';
import { outcomeOf } from './refinement.ts';
import { placedSources, refinerSteps, type Steps, shownSteps } from './steps.ts';

const image = tensor('uint8', [4, 4, 3]);
const low = tensor('float32', [2, 2], [-1, 0, 1, 3]);
const high = tensor(
  'float32',
  [4, 4],
  Array.from({ length: 16 }, (_, i) => i),
);

describe.each(['regions', 'crf'] as const)('the steps of %s', (refiner) => {
  const steps: Steps = refinerSteps[refiner];
  const refinement = refine(image, low, high, { refiner });

  test('are the fields of a refinement, with their kind and size', () => {
    const { flat, options, refiner: _, ...outcomes } = refinement;
    expect(Object.keys(outcomes).sort()).toEqual(Object.keys(steps).sort());
    const shapeOf = (name: string): readonly number[] => {
      const outcome = outcomeOf(refinement, name);
      return 'shape' in outcome ? outcome.shape : [];
    };
    for (const [name, { kind, size }] of Object.entries(steps)) {
      expect(shapeOf(name).length, name).toBe(
        { raw: 2, unit: 2, mask: 2, picture: 3, interval: 0, point: 0 }[kind],
      );
      if (size !== undefined) expect(shapeOf(name).slice(0, 2), name).toEqual(shapeOf(size).slice(0, 2));
    }
  });

  test('have distinct places below the image, and places for their sources', () => {
    const places = Object.values(steps).flatMap(({ place }) => (place ? [String(place)] : []));
    expect(new Set(places).size).toBe(places.length);
    expect(places).not.toContain('0,1');
    for (const name of Object.keys(steps)) {
      for (const source of placedSources(steps, name)) expect(steps[source].place).toBeDefined();
    }
  });

  test('are shown by steps that the viewer can lay over the picture', () => {
    const shown = shownSteps(steps);
    for (const { shownAs = 'image' } of Object.values(steps)) expect(shown).toContain(shownAs);
  });
});

test('a step missing from a figure is replaced by its sources', () => {
  expect(placedSources(refinerSteps.regions, 'result')).toEqual(['image', 'merged']);
  expect(placedSources(refinerSteps.crf, 'result')).toEqual(['image', 'kept']);
  expect(placedSources(refinerSteps.crf, 'affinity')).toEqual(['colours', 'unary']);
});

test('files are named after the steps in snake case; pictures in image size are not maps', () => {
  const names = Object.keys(mapsOf(refine(image, low, high, { refiner: 'regions' })));
  expect(names).toEqual(expect.arrayContaining(['low_cam', 'focal_points', 'kept']));
  for (const none of ['image', 'result', 'bounds']) expect(names).not.toContain(none);
  expect(Object.keys(mapsOf(refine(image, low, high, { refiner: 'crf' }))).join(' ')).toBe(
    'low_cam high_cam colours unary affinity probabilities merged kept',
  );
});
