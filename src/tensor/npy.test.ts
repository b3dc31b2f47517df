import { expect, test } from 'vitest';
import { decodeNpy, encodeNpy } from './npy.ts';
import { type DType, tensor } from './tensor.ts';

test.each<DType>(['float32', 'float64', 'uint8', 'int32', 'int64', 'bool'])(
  '%s goes there and back',
  (dtype) => {
    const t = tensor(dtype, [2, 3], [0, 1, 1, 0, 1, 1]);
    expect(decodeNpy(encodeNpy(t))).toEqual(t);
  },
);

test('a scalar and a vector keep their shape', () => {
  expect(decodeNpy(encodeNpy(tensor('float32', [], [4]))).shape).toEqual([]);
  expect(decodeNpy(encodeNpy(tensor('float32', [3], [4, 5, 6]))).shape).toEqual([3]);
});

test('what is no .npy file, or half of one, is an error that names the file', () => {
  expect(() => decodeNpy(new Uint8Array(100), 'a.npy')).toThrow('a.npy: not a .npy file');
  const bytes = encodeNpy(tensor('float32', [10, 10]));
  for (const length of [12, 60, bytes.length - 4, bytes.length - 1]) {
    expect(() => decodeNpy(bytes.slice(0, length), 'a.npy')).toThrow('a.npy');
  }
});
