import { expect, test } from 'vitest';
import type { Content } from './form.ts';
import { readJson } from './json-body.ts';

const read = (value: unknown): Content => readJson(new TextEncoder().encode(JSON.stringify(value)));
const picture = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) % 256);
const base64 = Buffer.from(picture).toString('base64');

test('reads a picture in base64, in either alphabet, with line breaks, or as a data URL', () => {
  const ways = [
    base64,
    Buffer.from(picture).toString('base64url'),
    base64.replace(/.{20}/g, '$&\r\n'),
    `data:image/jpeg;base64,${base64}`,
    `DATA:;charset=x;BASE64,${base64}`,
  ];
  for (const image of ways) expect(read({ image })).toEqual({ images: [picture], isList: false, fields: [] });
});

test('reads several pictures as a list, also a list of one', () => {
  expect(read({ image: [base64, base64] })).toMatchObject({ images: [picture, picture], isList: true });
  expect(read({ image: [base64] })).toMatchObject({ images: [picture], isList: true });
});

test('parameters may be texts, numbers or lists', () => {
  const { fields } = read({
    image: base64,
    top_k: 3,
    class: ['a, b', 1],
    outputs: ['mask', 'merged'],
    method: 'cam',
  });
  expect(fields).toEqual([
    ['top_k', '3'],
    ['class', 'a, b'],
    ['class', '1'],
    ['outputs', 'mask,merged'],
    ['method', 'cam'],
  ]);
});

test.each<[unknown, number, string]>([
  [[], 422, 'the JSON must be an object'],
  ['text', 422, 'the JSON must be an object'],
  [{}, 422, "the JSON needs 'image'"],
  [{ image: 3 }, 422, "'image' must be a text in base64, or a list of these, got a number"],
  [{ image: [base64, null] }, 422, 'got null'],
  [{ image: [] }, 422, "'image' must have 1 to 16 pictures, got 0"],
  [{ image: new Array(17).fill(base64) }, 422, 'got 17'],
  [{ image: '' }, 422, 'not in base64'],
  [{ image: 'h\u00e9llo' }, 422, 'not in base64'],
  [{ image: 'data:image/svg+xml,%3Csvg/%3E' }, 422, 'a data URL must be in base64'],
  [
    { image: base64, top_k: true },
    422,
    'top_k: a text, a number or a list of these is needed, got a boolean',
  ],
  [{ image: base64, class: [['a']] }, 422, 'got a list'],
  [{ image: base64, class: [] }, 422, 'class: the list is empty'],
  [{ image: base64, class: new Array(33).fill('a') }, 422, 'parameters have at most 32 values, got 33'],
  [{ image: base64, class: 'a'.repeat(1001) }, 422, 'class: a value has at most 1000 characters'],
  [{ image: base64, ['a'.repeat(101)]: 'a' }, 422, "a parameter's name has at most 100 characters"],
])('rejects %j', (value, status, message) => {
  expect(() => read(value)).toThrow(
    expect.objectContaining({ status, message: expect.stringContaining(message) }),
  );
});

test.each([['{"image": '], ['{\xff}'], ['{"a":'.repeat(200_000)]])('rejects invalid JSON', (text) => {
  expect(() => readJson(Buffer.from(text, 'latin1'))).toThrow(
    expect.objectContaining({ status: 400, message: 'the body is not valid JSON' }),
  );
});

test('white space in base64 does not slow parsing', () => {
  // A pattern that backtracks would take minutes for a megabyte.
  expect(() => read({ image: `A${' '.repeat(1_000_000)}!` })).toThrow("'image' is not in base64");
  expect(read({ image: 'aGk=\n' }).images).toEqual([new Uint8Array([104, 105])]);
});
