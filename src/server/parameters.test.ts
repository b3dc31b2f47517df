import { expect, test } from 'vitest';
import { refineDefaults } from '../refine/parameters.ts';
import { explainParameters, parseParameters, predictParameters, refineOptionsOf } from './parameters.ts';

const rules = { models: ['a', 'b'], methods: ['cam', 'grad-cam'], maxImSize: 512 };
const explain = explainParameters(rules);
const parse = (query: string) => parseParameters(explain, new URLSearchParams(query));

test('the defaults are those of the refinement; the refiner is left to the model', () => {
  const parameters = parse('');
  expect(refineOptionsOf(parameters)).toEqual({ ...refineDefaults, refiner: undefined });
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

test('values are parsed', () => {
  const parameters = parse(
    'class=Stra%C3%9Fe&im_size=64&method=grad-cam&outputs=mask,merged,mask&refiner=crf&crf_spatial=0.2&filter_percentage=1e1&merge_type=multiply',
  );
  expect(parameters).toMatchObject({ class: 'Straße', im_size: 64, outputs: ['mask', 'merged'] });
  expect(refineOptionsOf(parameters)).toEqual({
    ...refineDefaults,
    refiner: 'crf',
    crfSpatial: 0.2,
    filterPercentage: 10,
    mergeType: 'multiply',
  });
  expect(parse('outputs=').outputs).toEqual([]);
});

test.each([
  ['clas=x', "'clas' is no parameter; there are model, im_size, class,"],
  ['__proto__=x', "'__proto__' is no parameter"],
  ['constructor=x', "'constructor' is no parameter"],
  ['class=x&class=x', "the parameter 'class' is given twice"],
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
])('%s is refused', (query, message) => {
  expect(() => parse(query)).toThrow(
    expect.objectContaining({ status: 422, message: expect.stringContaining(message) }),
  );
});

test('what is wrong is shown, but not without end', () => {
  expect(() => parse(`roi_percentile=${'9'.repeat(100)}`)).toThrow(
    `roi_percentile: Too big: expected number to be <=100, got '${'9'.repeat(64)}...'`,
  );
});
