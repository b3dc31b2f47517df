import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RefineParameter, refineParameters } from '../../refine/parameters.ts';
import { colormapNames } from '../../render/colormap.ts';
import {
  devicePreferences,
  fromHash,
  mapNames,
  refineSettings,
  settingsDefaults,
  sizeFitting,
  sizesFitting,
  toHash,
  type View,
} from './settings.ts';

const share = fc.integer({ min: 0, max: 100 }).map((n) => n / 100);
const name = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
const pane = fc.record({ sample: name, className: name, method: name });

/** Any value that the page can set. */
function anyValue(parameter: RefineParameter): fc.Arbitrary<string | number> {
  if ('words' in parameter) {
    const { words, modelDefault } = parameter;
    return fc.constantFrom(...Object.keys(words), ...(modelDefault === undefined ? [] : ['auto']));
  }
  const [low, high] = parameter.range;
  const { step, start = parameter.open ? low + step : low } = parameter.slider;
  return fc
    .integer({ min: 0, max: Math.floor((high - start) / step + 1e-9) })
    .map((n) => Math.min(high, start + n * step));
}

const view: fc.Arbitrary<View> = fc.record({
  settings: fc.record({
    refine: fc.record(Object.fromEntries(refineParameters.map((one) => [one.name, anyValue(one)]))),
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

test('an address restores the view it was made from', () => {
  fc.assert(
    fc.property(view, (given) => {
      expect(fromHash(`#${toHash(given)}`)).toEqual(given);
    }),
  );
});

test('an address omits defaults', () => {
  expect(toHash({ settings: settingsDefaults, panes: [{}, {}] })).toBe('');
  expect(toHash({ settings: { ...settingsDefaults, fade: false }, panes: [{ sample: 'star' }, {}] })).toBe(
    'sample=star&fade=false',
  );
});

test('offers the sizes that the model accepts', () => {
  expect(sizesFitting({ only: 300 }, 64)).toEqual([]);
  expect(sizesFitting({ only: 224 }, 64)).toEqual([224]);
  expect(sizesFitting({ multiple: 32 }, 288)).toContain(288);
  expect(sizesFitting({ multiple: 1 }, undefined)).toContain(96);
  expect([sizeFitting({ only: 224 }, 256), sizeFitting({ multiple: 1 }, 256)]).toEqual([undefined, 256]);
  expect(sizeFitting({ multiple: 1 }, undefined)).toBeUndefined();
});

test('accepts any text as an address and ignores invalid parts', () => {
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
