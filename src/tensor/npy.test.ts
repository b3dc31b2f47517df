import { expect, test } from 'vitest';
import { decodeNpy, encodeNpy } from './npy.ts';
import { type DType, tensor } from './tensor.ts';

test.each<DType>(['float32', 'float64', 'uint8', 'int32', 'int64', 'bool'])(
  '%s is unchanged after writing and reading',
  (dtype) => {
    const t = tensor(dtype, [2, 3], [0, 1, 1, 0, 1, 1]);
    expect(decodeNpy(encodeNpy(t))).toEqual(t);
  },
);

test('a scalar and a vector keep their shape', () => {
  expect(decodeNpy(encodeNpy(tensor('float32', [], [4]))).shape).toEqual([]);
  expect(decodeNpy(encodeNpy(tensor('float32', [3], [4, 5, 6]))).shape).toEqual([3]);
});

test('writes the same bytes as numpy.save', () => {
  const bytes = Buffer.from(encodeNpy(tensor('int32', [2, 1], [1, -1])));
  const header = `{'descr': '<i4', 'fortran_order': False, 'shape': (2, 1), }`.padEnd(117);
  expect(bytes.toString('latin1')).toBe(`\x93NUMPY\x01\0v\0${header}\n\x01\0\0\0\xff\xff\xff\xff`);
  expect(Buffer.from(encodeNpy(tensor('bool', [1], [1]))).toString('latin1')).toContain("'|b1'");
});

const usual = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";

/** A file with any header, followed by bytes. */
function file(header: string, data: string, version = [1, 0]): Uint8Array {
  const text = Buffer.from(`${header}\n`, version[0] === 3 ? 'utf8' : 'latin1');
  const length = Buffer.alloc(version[0] === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, length.length);
  const start = Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from(version), length, text]);
  return new Uint8Array(Buffer.concat([start, Buffer.from(data.replaceAll(' ', ''), 'hex')]));
}

const typed = (descr: string): string => `{'descr': '${descr}', 'fortran_order': False, 'shape': (2,), }`;

test.each<[string, string, DType, (number | bigint)[]]>([
  ['<f2', '003c 00c0', 'float32', [1, -2]],
  ['>f2', '3c00 c000', 'float32', [1, -2]],
  ['>f4', '3f800000 c0000000', 'float32', [1, -2]],
  ['<f4', '0000803f 000000c0', 'float32', [1, -2]],
  ['=f4', '0000803f 000000c0', 'float32', [1, -2]],
  ['>f8', '3ff0000000000000 c000000000000000', 'float64', [1, -2]],
  ['|i1', '01fe', 'int32', [1, -2]],
  ['|u1', '01fe', 'uint8', [1, 254]],
  ['<i2', '0100 feff', 'int32', [1, -2]],
  ['>u2', '0001 fffe', 'int32', [1, 65534]],
  ['>i4', '00000001 fffffffe', 'int32', [1, -2]],
  ['<u4', '01000000 feffffff', 'int64', [1n, 4294967294n]],
  ['>i8', '0000000000000001 fffffffffffffffe', 'int64', [1n, -2n]],
  ['<u8', '0100000000000000 ffffffffffffff7f', 'int64', [1n, 2n ** 63n - 1n]],
  ['|b1', '0100', 'bool', [1, 0]],
])('reads elements of type %s', (descr, hex, dtype, values) => {
  const found = decodeNpy(file(typed(descr), hex));
  expect({ dtype: found.dtype, shape: found.shape, values: [...found.data] }).toEqual({
    dtype,
    shape: [2],
    values,
  });
});

test('converts Fortran order to C order for any rank', () => {
  const header = (shape: string): string => `{'descr': '|u1', 'fortran_order': True, 'shape': ${shape}, }`;
  expect([...decodeNpy(file(header('(2, 3)'), '000102030405')).data]).toEqual([0, 2, 4, 1, 3, 5]);
  expect([...decodeNpy(file(header('(2, 2, 2)'), '0001020304050607')).data]).toEqual([
    0, 4, 2, 6, 1, 5, 3, 7,
  ]);
  expect([...decodeNpy(file(header('(3,)'), '000102')).data]).toEqual([0, 1, 2]);
});

test('reads versions 1.0 to 3.0, keys in any order, both quotes, numbers of Python 2', () => {
  const data = '0000803f 000000c0';
  const headers = [
    usual,
    `{"shape": (2L, ), 'fortran_order' : False, "descr":"<f4"}`,
    `  { 'fortran_order':False,'shape':(2,) ,'descr':'<f4' , }   `,
  ];
  for (const version of [1, 2, 3])
    for (const header of headers)
      expect([...decodeNpy(file(header, data, [version, 0])).data]).toEqual([1, -2]);
});

test.each<[string, string]>([
  // A key that is misspelt, missing, repeated or unknown.
  [
    usual.replace('fortran_order', 'fortran_oder'),
    'the header has the keys descr, fortran_oder, shape; it needs descr, fortran_order, shape',
  ],
  [usual.replace("'fortran_order': False, ", ''), 'the header has the keys descr, shape; it needs'],
  [usual.replace('}', "'shape': (2,)}"), 'the header has the keys descr, fortran_order, shape, shape;'],
  [usual.replace('}', "'more': 1}"), 'the header has the keys descr, fortran_order, more, shape;'],
  [usual.replace('}', "'__proto__': 1}"), 'the header has the keys __proto__, descr'],
  // Values of another kind.
  [usual.replace('False', '0'), 'fortran_order must be True or False, got 0'],
  [usual.replace('False', "'False'"), "fortran_order must be True or False, got 'False'"],
  [usual.replace('False', 'false'), 'the header is not a Python literal'],
  [usual.replace('(2,)', '(2)'), 'shape must be a tuple of at most 64 whole numbers, got 2'],
  [usual.replace('(2,)', '[2]'), 'got [2]'],
  [usual.replace('(2,)', '(-2,)'), 'the header is not a Python literal'],
  [usual.replace('(2,)', '(2.0,)'), 'the header is not a Python literal'],
  [usual.replace('(2,)', '(99999999999999999999,)'), 'shape must be a tuple of at most 64 whole numbers'],
  [usual.replace('(2,)', '(True,)'), 'got (True)'],
  [usual.replace('(2,)', '(,)'), 'the header is not a Python literal'],
  [usual.replace("'<f4', ", "'<f4' "), 'the header is not a Python literal'],
  [`${usual} + 1`, 'the header is not a Python literal'],
  ["('descr', '<f4')", 'the header is not a dict'],
  ['', 'the header is not a Python literal'],
  // Elements that are not real numbers.
  [typed('|O'), "its elements are Python objects (a pickle, which is never read), '|O'"],
  [typed('<c8'), 'complex numbers'],
  [typed('<f16'), 'floats of more than 64 bits'],
  [typed('<U3'), 'text'],
  [typed('<M8[ns]'), 'dates'],
  [typed('float'), 'an unknown type'],
  [
    usual.replace("'<f4'", "[('x', '<f4'), ('y', '<f4')]"),
    "a structured array, [('x', '<f4'), ('y', '<f4')]",
  ],
  // Sizes: nothing is allocated for them.
  [usual.replace('(2,)', '(1000000, 1000000)'), 'the file is cut short: 8 of 4000000000000 bytes'],
  [usual.replace('(2,)', '(9007199254740991, 9007199254740991)'), 'the file is cut short'],
  [usual.replace('(2,)', '(1,)'), 'the file has 4 bytes after the array [1]'],
])('rejects the header %s', (header, message) => {
  expect(() => decodeNpy(file(header, '0000803f 000000c0'), 'a.npy')).toThrow(`a.npy: `);
  expect(() => decodeNpy(file(header, '0000803f 000000c0'), 'a.npy')).toThrow(message);
});

test('rejects other versions, long headers and numbers too large', () => {
  const read = (bytes: Uint8Array) => () => decodeNpy(bytes);
  expect(read(file(usual, '', [4, 0]))).toThrow('format version 4.0 of .npy is not known');
  expect(read(file(usual, '', [1, 1]))).toThrow('format version 1.1');
  expect(read(file(usual.padEnd(20_000), '', [2, 0]))).toThrow(
    'the header has 20001 bytes, more than the limit of 10000',
  );
  expect(read(file(typed('<u8'), '00000000000000ff 0000000000000000'))).toThrow('uint64 numbers of 2^63');
});

test('rejects a truncated file or one that is not .npy, naming it', () => {
  expect(() => decodeNpy(new Uint8Array(100), 'a.npy')).toThrow('a.npy: not a .npy file');
  expect(() => decodeNpy(new Uint8Array(), 'a.npy')).toThrow('a.npy: the file is empty');
  const bytes = encodeNpy(tensor('float32', [10, 10]));
  for (const length of [6, 7, 9, 12, 60, bytes.length - 4, bytes.length - 1]) {
    expect(() => decodeNpy(bytes.slice(0, length), 'a.npy')).toThrow('a.npy: the file is cut short');
  }
});
