import { expect, test } from 'vitest';
import { sentence } from './sentence.ts';

test('turns a rule into a sentence', () => {
  expect(sentence('a layer counts once')).toBe('A layer counts once.');
});
