import { expect, expectTypeOf, test } from 'vitest';
import {
  brokenRule,
  type CompleteOptions,
  completeOptions,
  defaultsFor,
  hasEffect,
  type NumberEntry,
  type parameterTable,
  type RefineOptions,
  type RefineParameter,
  type Refiner,
  refineDefaults,
  refineParameters,
  usesParameter,
  type WordEntry,
} from './parameters.ts';

type Table = typeof parameterTable;

const named = (name: keyof Table): RefineParameter =>
  refineParameters.find((one) => one.name === name) as RefineParameter;

test('the types follow from the table', () => {
  expectTypeOf<Required<RefineOptions>['mergeType']>().toEqualTypeOf<'blend' | 'multiply' | 'merge'>();
  expectTypeOf<CompleteOptions['mergeType']>().toEqualTypeOf<'blend' | 'multiply'>();
  expectTypeOf<CompleteOptions['refiner']>().toEqualTypeOf<'regions' | 'crf'>();
  expectTypeOf<CompleteOptions['crfWeight']>().toEqualTypeOf<number>();
  // Every field of an entry is read by something: no field is misspelt.
  type Field = { [Name in keyof Table]: keyof Table[Name] }[keyof Table];
  expectTypeOf<Exclude<Field, keyof WordEntry | keyof NumberEntry>>().toBeNever();
});

test.each(refineParameters)('$name: its entry is complete', (parameter) => {
  const { when = {}, title, hint, text } = parameter;
  expect(brokenRule(parameter, parameter.default)).toBeUndefined();
  for (const [other, value] of Object.entries(when)) {
    expect(Object.keys((named(other as keyof Table) as WordEntry).words)).toContain(value);
  }
  expect(title).toMatch(/^[A-Z]\S*( \S+){0,2}$/);
  expect(hint).toMatch(/^[^A-Z`][^`\n]*[^.]$/);
  expect(text).toMatch(/^[A-Z`][^|\n]*\.$/);
  if ('words' in parameter) {
    for (const word of Object.values(parameter.aliases ?? {})) expect(parameter.words).toHaveProperty(word);
  } else {
    const [low, high] = parameter.range;
    const { step, start = low + step, end = high } = parameter.slider;
    for (const value of [start, end]) expect(brokenRule(parameter, value)).toBeUndefined();
    // The slider's value when it shows the default.
    expect(Number((Math.round(parameter.default / step) * step).toFixed(6))).toBe(parameter.default);
  }
});

test('sets defaults of both refiners and what an option implies', () => {
  expect(refineDefaults).toMatchObject({
    refiner: 'regions',
    filterType: 'percentage',
    filterThreshold: 0.6,
  });
  expect(defaultsFor('crf')).toMatchObject({ refiner: 'crf', filterType: 'otsu', filterThreshold: 0.4 });
  expect(completeOptions({})).toEqual(refineDefaults);
  expect(completeOptions({ refiner: 'crf' })).toEqual(defaultsFor('crf'));
  expect(completeOptions({ refiner: 'crf', filterPercentage: 30 }).filterType).toBe('percentage');
  expect(completeOptions({ filterThreshold: 0.3 }).filterType).toBe('threshold');
  expect(completeOptions({ filterThreshold: 0.3, filterType: 'otsu' }).filterType).toBe('otsu');
  // The refiner does not use this parameter, and the options that it needs have other values than their
  // defaults.
  expect(completeOptions({ maximaAreas: 'large' }).focalScope).toBe('global');
  expect(() => completeOptions({ filterThreshold: 0.3, filterPercentage: 30 })).toThrow(
    'refine: filterPercentage asks for filterType percentage and filterThreshold for threshold; filterType says which',
  );
});

test('rejects a fraction for a parameter of whole numbers', () => {
  const rounds = { ...named('crfWeight'), range: [1, 32], whole: true } as RefineParameter;
  expect(brokenRule(rounds, 8)).toBeUndefined();
  expect(brokenRule(rounds, 2.5)).toBe('is a whole number in [1, 32]');
  expect(brokenRule(rounds, 33)).toBe('is a whole number in [1, 32]');
});

test('a parameter belongs to its refiner, and may depend on others to have an effect', () => {
  const counted = (refiner: Refiner): string[] =>
    refineParameters.filter((one) => usesParameter(refiner, one)).map(({ name }) => name);
  const ofRegions = ['roiPercentile', 'mergeAlpha'];
  const ofCrf = ['crfLevel', 'crfWeight'];
  const ofBoth = ['refiner', 'filterType', 'filterThreshold'];
  expect(counted('regions')).toEqual(expect.arrayContaining([...ofBoth, ...ofRegions]));
  expect(counted('crf')).toEqual(expect.arrayContaining([...ofBoth, ...ofCrf]));
  for (const name of ofCrf) expect(counted('regions')).not.toContain(name);
  for (const name of ofRegions) expect(counted('crf')).not.toContain(name);
  const effective = (name: keyof Table, change: Partial<CompleteOptions> = {}): boolean =>
    hasEffect(named(name), { ...refineDefaults, ...change });
  expect(effective('mergeAlpha')).toBe(true);
  expect(effective('mergeAlpha', { mergeType: 'multiply' })).toBe(false);
  expect(effective('mergeAlpha', { refiner: 'crf' })).toBe(false);
  expect(effective('maximaAreas')).toBe(false);
  expect(effective('maximaAreas', { focalScope: 'local' })).toBe(true);
  expect(effective('filterThreshold', { refiner: 'crf', filterType: 'threshold' })).toBe(true);
});
