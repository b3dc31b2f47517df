import { expect, test } from 'vitest';
import type { Orientation } from '../picture/orientation.ts';
import { fitOfBoxes, fitOfSize } from './truth-fit.ts';

/** 200 x 300 upright; stored as 300 x 200 from orientation 5 on. */
const picture = (orientation: Orientation, width = 200, height = 300) => ({ width, height, orientation });

test('for a picture that is not turned, a size fits or does not', () => {
  expect(fitOfSize([200, 300], picture(1))).toBe('upright');
  expect(fitOfSize([100, 150], picture(1))).toBe('upright');
  expect(fitOfSize([300, 200], picture(1))).toBe('neither');
  expect(fitOfSize([200, 200], picture(1))).toBe('neither');
});

test('the size tells the orientation of a mask if Exif turns the picture by a quarter', () => {
  for (const orientation of [5, 6, 7, 8] as const) {
    expect(fitOfSize([200, 300], picture(orientation))).toBe('upright');
    expect(fitOfSize([300, 200], picture(orientation))).toBe('stored');
    expect(fitOfSize([451, 300], picture(orientation))).toBe('stored');
    expect(fitOfSize([200, 200], picture(orientation))).toBe('neither');
    expect(fitOfSize([64, 64], picture(orientation, 300, 300))).toBe('either');
    // Both are the aspect, nearly; the same size goes before.
    expect(fitOfSize([300, 299], picture(orientation, 299, 300))).toBe('stored');
  }
  for (const orientation of [2, 3, 4] as const) {
    expect(fitOfSize([200, 300], picture(orientation))).toBe('either');
    expect(fitOfSize([300, 200], picture(orientation))).toBe('neither');
  }
});

test('accepts the same aspect ratio up to rounding to whole pixels', () => {
  expect(fitOfSize([67, 100], picture(1))).toBe('upright');
  expect(fitOfSize([66, 100], picture(1))).toBe('upright');
  expect(fitOfSize([70, 100], picture(1))).toBe('neither');
  expect(fitOfSize([2001, 3000], picture(1))).toBe('upright');
  expect(fitOfSize([2100, 3000], picture(1))).toBe('neither');
});

test('boxes without a size fit if they lie inside', () => {
  expect(fitOfBoxes([[0, 0, 200, 300]], picture(6))).toBe('upright');
  expect(fitOfBoxes([[100, 0, 300, 200]], picture(6))).toBe('stored');
  expect(fitOfBoxes([[10, 10, 20, 20]], picture(6))).toBe('either');
  expect(fitOfBoxes([[10, 10, 220, 220]], picture(6))).toBe('neither');
  // One pixel over the border: boxes that count from 1.
  expect(fitOfBoxes([[1, 1, 201, 301]], picture(1))).toBe('upright');
  expect(fitOfBoxes([[0, 0, 202, 300]], picture(1))).toBe('neither');
});
