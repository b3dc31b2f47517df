import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { StateLayout } from './state-layout.ts';

const numbers = (...shape: number[]) => {
  const length = shape.reduce((a, b) => a * b, 1);
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length }, (_, i) => 100 * length + i),
  );
};

const layout = new StateLayout({
  // In the vector, `b` comes first, and its first two axes are exchanged.
  parameters: [
    { name: 'b', shape: [2, 3, 1, 2], exchanged: true },
    { name: 'a', shape: [5] },
  ],
  slotOrder: ['a', 'b'],
  slots: ['adam/first'],
  counters: ['adam/count'],
  moving: [{ name: 'mean', shape: [4] }],
});

const state = new Map([
  ['a', numbers(5)],
  ['b', numbers(2, 3, 1, 2)],
  ['mean', numbers(4)],
  ['adam/first', numbers(17)],
  ['adam/count', tensor('float32', [], [7])],
]);

test('a state is unchanged after packing, whatever its inner order', () => {
  expect(new Map([...layout.unpack(layout.pack(state))].toSorted())).toEqual(new Map([...state].toSorted()));
});

test('parameters lie in the given order with axes exchanged, followed by slots', () => {
  const { parameters, 'adam/first': slot } = layout.pack(state);
  const turned = [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11];
  expect([...parameters.data]).toEqual([...turned.map((i) => 1200 + i), 500, 501, 502, 503, 504]);
  expect([...slot.data].map((value) => value - 1700)).toEqual([...turned.map((i) => 5 + i), 0, 1, 2, 3, 4]);
});

test('names what is missing', () => {
  expect(() => layout.pack(new Map([...state].slice(1)))).toThrow("the state has no 'a'");
});
