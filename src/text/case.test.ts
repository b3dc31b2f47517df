import { expect, test } from 'vitest';
import { kebabCase, snakeCase } from './case.ts';

test('converts a name to kebab case and snake case', () => {
  expect(kebabCase('roiPercentile')).toBe('roi-percentile');
  expect(kebabCase('imSize')).toBe('im-size');
  expect(snakeCase('crfWeight')).toBe('crf_weight');
  expect(snakeCase('method')).toBe('method');
});
