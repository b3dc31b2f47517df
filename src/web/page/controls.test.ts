import { expect, test } from 'vitest';
import { refineWords } from '../../refine/options.ts';
import { refineSettings } from '../state/settings.ts';
import { parameters } from './controls.ts';

test('every parameter of the refinement has a control, with all its words', () => {
  expect(parameters.map(({ key }) => key).sort()).toEqual(Object.keys(refineSettings).sort());
  for (const one of parameters) {
    if (!('words' in one)) continue;
    const allowed = refineWords[one.key].filter((word) => word !== 'merge'); // the old name of 'blend'
    expect(one.words.map(([value]) => value).filter((value) => value !== 'auto')).toEqual(allowed);
  }
});
