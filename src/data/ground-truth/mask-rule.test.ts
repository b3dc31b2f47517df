import { expect, test } from 'vitest';
import { parseLabels } from './label-set.ts';
import { type MaskHistogram, maskRule } from './mask-rule.ts';
import type { MaskKind } from './mask-values.ts';

const tops: Readonly<Record<MaskKind, number>> = {
  greys: 255,
  'palette labels': 255,
  alpha: 255,
  colours: 0xffffff,
};
/** Masks `a`, `b`, ... of which each is told by how many pixels have which value. */
const of = (
  kind: MaskKind,
  masks: readonly Readonly<Record<number, number>>[],
  top = tops[kind],
): MaskHistogram[] =>
  masks.map((pixels, i) => ({
    file: 'abc'[i],
    kind,
    top,
    pixels: new Map(Object.entries(pixels).map(([value, n]) => [Number(value), n])),
  }));
const textOf = (...args: Parameters<typeof maskRule>): string => maskRule(...args).text;
const options = (object?: string, ignore?: string) => ({
  object: object === undefined ? undefined : parseLabels(object),
  ignore: ignore === undefined ? undefined : parseLabels(ignore),
});

const [blue, green, maroon, border] = [0x0000ff, 0x00ff00, 0x800000, 0xe0e0c0];

test('a single value beside 0 is the object', () => {
  expect(textOf(of('greys', [{ 0: 9, 255: 1 }]))).toBe('values 0, 255; object: 255');
  expect(textOf(of('greys', [{ 0: 9, 1: 1 }, { 0: 9 }]))).toBe('values 0, 1; object: 1');
  expect(
    textOf(
      of('greys', [
        { 0: 9, 15: 1 },
        { 0: 9, 255: 1 },
      ]),
    ),
  ).toBe('values 0, 15, 255; object: 15, 255');
  expect(textOf(of('greys', [{ 0: 9, 65535: 1 }], 65535))).toBe('values 0, 65535; object: 65535');
  expect(textOf(of('alpha', [{ 0: 9, 200: 1 }]))).toBe('alpha channel; object: 200');
});

test('soft edges: the object is a half and above', () => {
  const soft = { 0: 90, 3: 1, 100: 1, 128: 1, 251: 2, 255: 50 };
  expect(maskRule(of('greys', [soft]))).toMatchObject({
    object: [[128, 255]],
    ignored: [],
    text: 'greys 0, 3, 100, 128, 251, 255; object: 128-255',
  });
  expect(textOf(of('greys', [{ 0: 9, 254: 1, 255: 3 }]))).toBe('greys 0, 254, 255; object: 128-255');
  const many = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [i, i === 0 ? 900 : 1]));
  expect(textOf(of('greys', [many]))).toBe('greys 0-255; object: 128-255');
  expect(
    maskRule(
      of(
        'greys',
        [
          { 0: 9, 400: 1, 65535: 9 },
          { 0: 9, 60000: 1, 65535: 9 },
        ],
        65535,
      ),
    ).object,
  ).toEqual([[32768, 65535]]);
  expect(textOf(of('alpha', [{ 0: 9, 40: 1, 100: 1 }]))).toBe('alpha channel; object: 128-255');
});

test('labels and instance ids of 8 and 16 bits: all but 0, and 255 if it is a border', () => {
  expect(textOf(of('greys', [{ 0: 9, 1: 1, 2: 1, 3: 1 }]))).toBe('labels 0-3; object: 1-3');
  expect(
    textOf(
      of('greys', [
        { 0: 90, 7: 9, 255: 4 },
        { 0: 9, 1: 1 },
      ]),
    ),
  ).toBe('labels 0, 1, 7, 255; object: 1, 7, ignored: 255');
  const ids = Object.fromEntries(Array.from({ length: 301 }, (_, i) => [i, 9]));
  expect(textOf(of('greys', [ids], 65535))).toBe('labels 0-300; object: 1-300');
  expect(textOf(of('greys', [{ 0: 9, 1: 5, 65535: 1 }], 65535))).toBe(
    'labels 0, 1, 65535; object: 1, ignored: 65535',
  );
});

test('palette labels and colours', () => {
  expect(
    maskRule(
      of('palette labels', [
        { 0: 9, 255: 1 },
        { 0: 9, 1: 1, 20: 1 },
      ]),
    ),
  ).toMatchObject({
    object: [
      [1, 1],
      [20, 20],
    ],
    ignored: [[255, 255]],
    text: 'palette labels 0, 1, 20, 255; object: 1, 20, ignored: 255',
  });
  expect(textOf(of('colours', [{ 0: 9, [maroon]: 1, [border]: 1 }]))).toBe(
    'colours #000000, #800000, #e0e0c0; object: #800000, ignored: #e0e0c0',
  );
});

test('options take precedence over detection', () => {
  const trimap = of('greys', [{ 1: 5, 2: 9, 3: 1 }]);
  expect(textOf(trimap, options('1', '3'))).toBe('labels 1-3; object: 1, ignored: 3');
  const soft = of('greys', [{ 0: 9, 38: 3, 220: 3 }]);
  expect(textOf(soft, options('128-255'))).toBe('labels 0, 38, 220; object: 220');
  const voc = of('palette labels', [{ 0: 9, 1: 5, 15: 5, 255: 2 }]);
  expect(textOf(voc, options('15'))).toBe('palette labels 0, 1, 15, 255; object: 15, ignored: 255');
  expect(textOf(voc, options('15', 'none'))).toBe('palette labels 0, 1, 15, 255; object: 15');
  expect(textOf(voc, options(undefined, '15,255'))).toBe(
    'palette labels 0, 1, 15, 255; object: 1, ignored: 15, 255',
  );
  expect(textOf(voc, options('1,255'))).toBe('palette labels 0, 1, 15, 255; object: 1, 255');
  // Masks the other way round.
  expect(maskRule(of('greys', [{ 0: 3, 255: 9 }]), options('0'))).toMatchObject({
    object: [[0, 0]],
    ignored: [],
  });
  expect(textOf(voc, options('7'))).toBe('palette labels 0, 1, 15, 255; object: none, ignored: 255');
});

test('rejects ambiguous values and names them and the file', () => {
  const how =
    'give the values of the object with --mask-object (such as 1-20 for labels or 128-255 for greys), values to ignore with --mask-ignore';
  expect(() =>
    maskRule(
      of('greys', [
        { 0: 9, 38: 3 },
        { 0: 9, 38: 3, 75: 3, 220: 2 },
      ]),
    ),
  ).toThrow(`b: values 0, 38, 75, 220: they may be labels or greys; ${how}`);
  expect(() => maskRule(of('greys', [{ 0: 9, 128: 1, 255: 3 }]))).toThrow(
    'a: values 0, 128, 255: they may be labels or greys',
  );
  expect(() => maskRule(of('greys', [{ 0: 9, 1: 1, 255: 3 }]))).toThrow(
    'a: values 0, 1, 255: they may be labels or greys',
  );
  expect(() =>
    maskRule(
      of('greys', [
        { 1: 5, 2: 9, 3: 1 },
        { 1: 9, 2: 1 },
      ]),
    ),
  ).toThrow('a: values 1-3: no pixel is 0, the background; give the values');
  expect(() => maskRule(of('colours', [{ [blue]: 5, [green]: 9 }]))).toThrow(
    'a: colours #0000ff, #00ff00: no pixel is black, the background; give the values',
  );
});
