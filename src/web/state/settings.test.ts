import fc from 'fast-check';
import { expect, test } from 'vitest';
import { colormapNames } from '../../render/colormap.ts';
import {
  devicePreferences,
  fromHash,
  mapNames,
  refineSettings,
  settingsDefaults,
  toHash,
  type View,
} from './settings.ts';

const share = fc.integer({ min: 0, max: 100 }).map((n) => n / 100);
const name = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
const pane = fc.record({ sample: name, className: name, method: name });

const view: fc.Arbitrary<View> = fc.record({
  settings: fc.record({
    refine: fc.record({
      refiner: fc.constantFrom('auto', 'regions', 'crf'),
      roiPercentile: fc.integer({ min: 0, max: 100 }),
      focalScope: fc.constantFrom('global', 'local'),
      maximaAreas: fc.constantFrom('small', 'large'),
      mergeType: fc.constantFrom('blend', 'multiply'),
      mergeAlpha: share,
      crfThreshold: share,
      crfSpatial: fc.integer({ min: 1, max: 100 }).map((n) => n / 100),
      crfColour: fc.integer({ min: 1, max: 200 }).map((n) => n / 2),
      crfWeight: fc.integer({ min: 0, max: 1000 }).map((n) => n / 10),
      filterType: fc.constantFrom('percentage', 'threshold'),
      filterPercentage: fc.integer({ min: 1, max: 200 }).map((n) => n / 2),
      filterThreshold: share,
    }),
    model: name,
    map: fc.constantFrom(...mapNames),
    colormap: fc.constantFrom('auto' as const, ...colormapNames),
    opacity: share,
    fade: fc.boolean(),
    size: fc.option(
      fc.integer({ min: 1, max: 32 }).map((n) => 32 * n),
      { nil: undefined },
    ),
    device: fc.constantFrom(...devicePreferences),
    compare: fc.boolean(),
  }),
  panes: fc.tuple(pane, pane),
}) as fc.Arbitrary<View>;

test('an address brings back the view that it was made from', () => {
  fc.assert(
    fc.property(view, (given) => {
      expect(fromHash(`#${toHash(given)}`)).toEqual(given);
    }),
  );
});

test('what is as by default stands in no address', () => {
  expect(toHash({ settings: settingsDefaults, panes: [{}, {}] })).toBe('');
  expect(toHash({ settings: { ...settingsDefaults, fade: false }, panes: [{ sample: 'star' }, {}] })).toBe(
    'sample=star&fade=false',
  );
});

test('any text is an address; what it tells wrong is as by default', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { refine } = fromHash(`#${text}`).settings;
      expect(Object.keys(refine)).toEqual(Object.keys(refineSettings));
    }),
  );
  for (const wrong of [
    'size=100',
    'size=32000',
    'roi-percentile=',
    'roi-percentile=x',
    'map=none',
    'refiner=both',
    'crf-spatial=0',
  ]) {
    expect(fromHash(`#${wrong}`).settings).toEqual(settingsDefaults);
  }
  expect(fromHash('#merge-type=merge').settings.refine.mergeType).toBe('blend');
});
