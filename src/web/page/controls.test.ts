import { signal } from '@preact/signals-core';
import type { TemplateResult } from 'lit-html';
import { expect, test } from 'vitest';
import { type Refiner, refineParameters } from '../../refine/parameters.ts';
import { kebabCase } from '../../text/case.ts';
import { type RefineSettings, refineSettings, settingsDefaults } from '../state/settings.ts';
import { refineControls } from './controls.ts';

/** The texts and numbers in a template, in order. */
function valuesIn({ values }: TemplateResult): unknown[] {
  return values.flat().flatMap((value) => {
    if (typeof value !== 'object' || value === null) return [value];
    return 'strings' in value ? valuesIn(value as TemplateResult) : [];
  });
}

function shown(refiner: Refiner, change: Partial<RefineSettings> = {}): unknown[] {
  const settings = signal({ ...settingsDefaults, refine: { ...refineSettings, ...change } });
  return valuesIn(refineControls({ settings, setRefine: () => undefined }, refiner));
}

test('every refinement parameter has a control with all its values', () => {
  for (const parameter of refineParameters) {
    const { name, refiner = 'regions', when, title, hint } = parameter;
    const values = shown(refiner, when);
    expect(values).toEqual(expect.arrayContaining([title, hint]));
    if ('words' in parameter) {
      const words = [...(name === 'refiner' ? ['auto'] : []), ...Object.keys(parameter.words)];
      expect(words.filter((word) => values.includes(word))).toEqual(words);
    } else expect(values).toContain(kebabCase(name));
  }
  expect(shown('regions')).not.toContain('merge'); // the old name of 'blend'
});

test('a control is shown only while its parameter has an effect', () => {
  expect(shown('regions')).toContain('roi-percentile');
  expect(shown('crf')).not.toContain('roi-percentile');
  expect(shown('regions')).toContain('merge-alpha');
  expect(shown('regions', { mergeType: 'multiply' })).not.toContain('merge-alpha');
});

test('a slider shows the unit, omits an open end, and extends to a value beyond its end', () => {
  expect(shown('regions')).toContain('85 %');
  // After label and value: the id, and the ends of the range.
  const ends = (crfColour: number): unknown[] => {
    const values = shown('crf', { crfColour });
    const input = values.indexOf(crfColour) + 1;
    return values.slice(input, input + 3);
  };
  expect(ends(10)).toEqual(['crf-colour', 0.5, 50]);
  expect(ends(80)).toEqual(['crf-colour', 0.5, 80]);
  expect(ends(0.1)).toEqual(['crf-colour', 0.1, 50]);
});
