import { expect, test } from 'vitest';
import { refineDefaults } from '../refine/parameters.ts';
import {
  checkImSize,
  explainParameters,
  parseParameters,
  predictParameters,
  refineOptionsOf,
} from './parameters.ts';

const rules = {
  models: ['a', 'b'],
  methods: ['cam', 'grad-cam'],
  sizes: [{ multiple: 32 }, { multiple: 32 }],
  maxImSize: 512,
};
const explain = explainParameters(rules);
const parse = (query: string) => parseParameters(explain, new URLSearchParams(query));

test('defaults are those of the refinement; the model sets the refiner', () => {
  const parameters = parse('');
  // Options that depend on the refiner, or imply values of others that do, are left out until they are given.
  const left = {
    refiner: undefined,
    filterType: undefined,
    filterPercentage: undefined,
    filterThreshold: undefined,
  };
  expect(refineOptionsOf(parameters)).toEqual({ ...refineDefaults, ...left });
  expect(parameters).toMatchObject({
    model: 'a',
    method: 'cam',
    outputs: ['merged', 'mask', 'cut_out', 'overlay'],
    format: 'auto',
    deliver: 'inline',
  });
  expect(parameters.class).toBeUndefined();
  expect(parameters.im_size).toBeUndefined();
  expect(parseParameters(predictParameters(rules), [])).toEqual({ model: 'a', top_k: 5 });
});

test('parses values', () => {
  const parameters = parse(
    'class=Stra%C3%9Fe&im_size=64&method=grad-cam&outputs=mask,merged,mask&refiner=crf&crf_spatial=0.2&filter_percentage=1e1&merge_type=multiply',
  );
  expect(parameters).toMatchObject({ class: ['Straße'], im_size: 64, outputs: ['mask', 'merged'] });
  expect(refineOptionsOf(parameters)).toEqual({
    ...refineDefaults,
    refiner: 'crf',
    crfSpatial: 0.2,
    filterType: undefined,
    filterPercentage: 10,
    filterThreshold: undefined,
    mergeType: 'multiply',
  });
  expect(parse('class=a&class=b,c&side=100').class).toEqual(['a', 'b,c']);
  expect(parse('top=3').top).toBe(3);
  expect(parse('outputs=').outputs).toEqual([]);
});

test.each([
  ['clas=x', "'clas' is not a parameter; there are model, im_size, class,"],
  ['__proto__=x', "'__proto__' is not a parameter"],
  ['constructor=x', "'constructor' is not a parameter"],
  ['top=1&top=1', "the parameter 'top' is given twice"],
  ['top=9', 'top: '],
  ['side=0', 'side: '],
  [Array(9).fill('class=x').join('&'), 'class: '],
  ['class=', 'class: '],
  [`class=${'x'.repeat(300)}`, 'class: '],
  ['model=c', 'model: '],
  ['method=magic', 'method: '],
  ['outputs=mask,everything', 'outputs: '],
  ['format=jpeg', 'format: '],
  ['deliver=mail', 'deliver: '],
  ['merge_type=add', 'merge_type: '],
  ...['NaN', 'Infinity', '-Infinity', '', ' ', '0x10', '1,5', '85 ', '1e999', '-1', '101', '8_5', '٣'].map(
    (value) => [`roi_percentile=${encodeURIComponent(value)}`, 'roi_percentile: '],
  ),
  ['refiner=magic', 'refiner: '],
  ['crf_spatial=0', 'crf_spatial: '],
  ['crf_colour=101', 'crf_colour: '],
  ['filter_percentage=0', 'filter_percentage: '],
  ...['0', '31', '33', '-32', '544', '64.5', '1e9'].map((value) => [`im_size=${value}`, 'im_size: ']),
])('rejects %s', (query, message) => {
  expect(() => parse(query)).toThrow(
    expect.objectContaining({ status: 422, message: expect.stringContaining(message) }),
  );
});

test('quotes a wrong value, shortened', () => {
  expect(() => parse(`roi_percentile=${'9'.repeat(100)}`)).toThrow(
    `roi_percentile: Too big: expected number to be <=100, got '${'9'.repeat(64)}...'`,
  );
});

test.each([
  [[{ multiple: 32 }, { only: 224 }], [32, 224], [33]],
  [[{ only: 224 }], [224, 448], [32, 225]],
  [
    [{ multiple: 32 }, { multiple: 1 }],
    [32, 33],
    [31, 40.5],
  ],
] as const)('lists the sizes accepted by at least one model of %j', (sizes, good, bad) => {
  const schema = predictParameters({ ...rules, sizes });
  const size = (value: number) => parseParameters(schema, [['im_size', String(value)]]).im_size;
  for (const value of good) expect(size(value)).toBe(value);
  for (const value of bad) expect(() => size(value)).toThrow('im_size: ');
});

test('accepts only sizes that the model accepts', () => {
  const refused = (message: string) => expect.objectContaining({ status: 422, message });
  expect(() => checkImSize('a', { only: 224 }, 448)).toThrow(
    refused('im_size: the model a takes only 224, got 448'),
  );
  expect(() => checkImSize('a', { multiple: 32 }, 40)).toThrow(
    refused('im_size: the model a takes multiples of 32, got 40'),
  );
  checkImSize('a', { only: 224 }, 224);
  checkImSize('a', { multiple: 1 }, 33);
});
