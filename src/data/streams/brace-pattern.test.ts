import { expect, test } from 'vitest';
import { expandBraces } from './brace-pattern.ts';

test.each([
  ['a.tar', ['a.tar']],
  ['s-{008..011}.tar', ['s-008.tar', 's-009.tar', 's-010.tar', 's-011.tar']],
  ['{2..0}', ['2', '1', '0']],
  ['{train,val}-{0..1}.tar', ['train-0.tar', 'train-1.tar', 'val-0.tar', 'val-1.tar']],
  ['a{b}c{}', ['a{b}c{}']],
])('%s', (pattern, names) => {
  expect(expandBraces(pattern)).toEqual(names);
});

test('rejects a pattern for too many files', () => {
  expect(() => expandBraces('{0..9999999}')).toThrow(
    '{0..9999999}: a pattern stands for at most 1000000 files',
  );
  expect(() => expandBraces('{0..9999}{0..9999}')).toThrow('at most 1000000 files');
});
