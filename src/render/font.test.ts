import { expect, test } from 'vitest';
import { fitText, formatNumber, textWidth, wrapText } from './font.ts';

test("the width of a line is the sum of its characters' widths", () => {
  expect(textWidth('', 10)).toBe(0);
  expect(textWidth(' !', 10)).toBeCloseTo(4.89, 10);
  expect(textWidth('car', 12, 600)).toBeGreaterThan(textWidth('car', 12));
  expect(textWidth('蝶', 10)).toBe(10);
});

test('a line that is too long gets smaller, then an ellipsis', () => {
  expect(fitText('car', 100, 12, 9)).toEqual({ content: 'car', size: 12 });
  const smaller = fitText('butterfly_papilio_cresphontes', 145, 12, 9);
  expect(smaller.content).toBe('butterfly_papilio_cresphontes');
  expect(smaller.size).toBeLessThan(12);
  expect(textWidth(smaller.content, smaller.size)).toBeCloseTo(145, 6);
  const cut = fitText('butterfly_papilio_cresphontes', 60, 12, 9);
  expect(cut.size).toBe(9);
  expect(cut.content).toMatch(/^butterfly.*…$/);
  expect(textWidth(cut.content, 9)).toBeLessThanOrEqual(60);
});

test('breaks lines at spaces within the width', () => {
  const lines = wrapText('one two three four five six seven', 60, 12);
  expect(lines.join(' ')).toBe('one two three four five six seven');
  expect(lines.every((line) => textWidth(line, 12) <= 60)).toBe(true);
  expect(wrapText(' ', 60, 12)).toEqual([]);
});

test('numbers have three digits and a minus sign', () => {
  expect([-1.8281, 0.3129395, 4.411003, 0, -0, 15, 1234.5].map(formatNumber)).toEqual([
    '−1.83',
    '0.313',
    '4.41',
    '0',
    '0',
    '15',
    '1230',
  ]);
});
