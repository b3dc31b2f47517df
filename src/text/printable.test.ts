import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test('control characters, line ends and changes of direction are seen, all other text stays', () => {
  expect(printable('dog\n\u001b[31merror: \u009b\u2028\u202edrow')).toBe(
    'dog\\u000a\\u001b[31merror: \\u009b\\u2028\\u202edrow',
  );
  expect(printable('tabby, tabby cat; Ärger 猫 👍🏽 a\\u0001')).toBe(
    'tabby, tabby cat; Ärger 猫 👍🏽 a\\u0001',
  );
});
