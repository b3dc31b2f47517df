import { expect, test } from 'vitest';
import { printable, printableLines } from './printable.ts';

test('escapes control characters, keeps letters of any script', () => {
  expect(printable('car\x1b[2K\rerror: \u0085\u202egnp.x\u202c\0')).toBe(
    'car\\x1b[2K\\rerror: \\x85\\u202egnp.x\\u202c\\x00',
  );
  expect(printable('a\tb\nc')).toBe('a\\tb\\nc');
  expect(printable('Café 猫 👩‍🚒 שלום')).toBe('Café 猫 👩‍🚒 שלום');
  expect(printableLines('a\tb\nc\x1b')).toBe('a\tb\nc\\x1b');
});
