import { expect, test } from 'vitest';
import { refineWords, regionDefaults } from '../refine/options.ts';
import { parameters } from './controls.ts';

test('every parameter of the refinement has a control, with all its words', () => {
  expect(parameters.map(({ key }) => key).sort()).toEqual(Object.keys(regionDefaults).sort());
  for (const one of parameters) {
    if (!('words' in one)) continue;
    const allowed = refineWords[one.key].filter((word) => word !== 'merge'); // the old name of 'blend'
    expect(one.words.map(([value]) => value)).toEqual(allowed);
  }
});
