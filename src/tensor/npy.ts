/**
 * NumPy's .npy files, format 1.0 to 3.0, as `numpy.lib.format` defines them. Own code, because npm packages
 * search the header for its keys by patterns, and replace a misspelt one by its default.
 */
import { halfToFloat } from './half-float.ts';
import { readNpyHeader } from './npy-header.ts';
import { type DType, sizeOf, type Tensor, tensor } from './tensor.ts';

const codes: Readonly<Record<DType, string>> = {
  float32: '<f4',
  float64: '<f8',
  uint8: '|u1',
  int32: '<i4',
  int64: '<i8',
  bool: '|b1',
};

/**
 * The bytes of a .npy file, as `numpy.load` reads it: format 1.0, little-endian, C order, the tensor's
 * element type.
 * @example
 * ```ts
 * import { encodeNpy, tensor } from 'high-res-mapping';
 * import { writeFileWhole } from 'high-res-mapping/node';
 *
 * const bytes = encodeNpy(tensor('float32', [2, 3])); // a header of 128 bytes, 6 numbers of 4 bytes
 * await writeFileWhole('map.npy', bytes); // in Python: numpy.load('map.npy')
 * console.log(bytes.length); //=> 152
 * ```
 */
export function encodeNpy(t: Tensor): Uint8Array {
  const shape = t.shape.length === 1 ? `${t.shape[0]},` : t.shape.join(', ');
  const header = `{'descr': '${codes[t.dtype]}', 'fortran_order': False, 'shape': (${shape}), }`;
  const start = Math.ceil((10 + header.length + 1) / 64) * 64;
  const { buffer, byteOffset, byteLength } = t.data;
  const bytes = new Uint8Array(start + byteLength);
  const text = `\x93NUMPY\x01\0\0\0${header.padEnd(start - 11)}\n`;
  for (let i = 0; i < start; i++) bytes[i] = text.charCodeAt(i);
  new DataView(bytes.buffer).setUint16(8, start - 10, true);
  bytes.set(new Uint8Array(buffer, byteOffset, byteLength), start);
  return bytes;
}

/** Whether bytes begin like a .npy file. */
export function isNpy(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 6)) === '\x93NUMPY';
}

interface ElementType {
  readonly dtype: DType;
  /** Elements of native byte order. */
  readonly read: (buffer: ArrayBuffer) => Tensor['data'];
}

/** By kind and size; each becomes the smallest type of `Tensor` that holds all its values. */
const elementTypes: Readonly<Record<string, ElementType>> = {
  b1: {
    dtype: 'bool',
    read: (buffer) => new Uint8Array(buffer).map(Boolean as unknown as (x: number) => number),
  },
  u1: { dtype: 'uint8', read: (buffer) => new Uint8Array(buffer) },
  i1: { dtype: 'int32', read: (buffer) => Int32Array.from(new Int8Array(buffer)) },
  u2: { dtype: 'int32', read: (buffer) => Int32Array.from(new Uint16Array(buffer)) },
  i2: { dtype: 'int32', read: (buffer) => Int32Array.from(new Int16Array(buffer)) },
  i4: { dtype: 'int32', read: (buffer) => new Int32Array(buffer) },
  u4: { dtype: 'int64', read: (buffer) => BigInt64Array.from(new Uint32Array(buffer) as never, BigInt) },
  i8: { dtype: 'int64', read: (buffer) => new BigInt64Array(buffer) },
  u8: { dtype: 'int64', read: (buffer) => belowLimit(new BigInt64Array(buffer)) },
  f2: { dtype: 'float32', read: (buffer) => halfToFloat(new Uint16Array(buffer)) },
  f4: { dtype: 'float32', read: (buffer) => new Float32Array(buffer) },
  f8: { dtype: 'float64', read: (buffer) => new Float64Array(buffer) },
};

/** NumPy's other types, by their letters. */
const otherTypes: Readonly<Record<string, string>> = {
  O: 'Python objects (a pickle, which is never read)',
  c: 'complex numbers',
  f: 'floats of more than 64 bits',
  S: 'text',
  U: 'text',
  M: 'dates',
  m: 'times',
  V: 'raw bytes',
};

/**
 * Reads the bytes of a .npy file: bool, whole numbers of 8 to 64 bits, floats of 16 to 64, of either byte
 * order, in C or Fortran order. Types that `Tensor` lacks become the next larger one: float16 float32, 8 and
 * 16 bits int32, uint32 and uint64 int64.
 * @param name in error messages, usually the file's
 * @returns elements in C order
 * @throws when the bytes are not a .npy file, are cut short or continue after the array, have a header that
 * NumPy would not read, or another element type: Python objects, complex numbers, text, structures
 * @example
 * ```ts
 * import { decodeNpy, encodeNpy, tensor } from 'high-res-mapping';
 *
 * const bytes = encodeNpy(tensor('int32', [1, 3], [1, 2, 3])); // or a file that NumPy wrote
 * const { dtype, shape, data } = decodeNpy(bytes, 'map.npy');
 * console.log(dtype, shape, data.join(' ')); //=> int32 [ 1, 3 ] 1 2 3
 * ```
 */
export function decodeNpy(bytes: Uint8Array, name = 'the array'): Tensor {
  try {
    return decode(bytes);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

function decode(bytes: Uint8Array): Tensor {
  if (bytes.length === 0) throw new Error('the file is empty');
  if (!isNpy(bytes)) throw new Error('not a .npy file (it must begin with \\x93NUMPY)');
  if (bytes.length < 8) throw new Error('the file is cut short within its header');
  const { descr, fortranOrder, shape, end } = readNpyHeader(bytes);
  const [, order = '', kind = '', digits = ''] = /^([<>|=]?)([a-zA-Z])(\d*)(\[\w+\])?$/.exec(descr) ?? [];
  const type = elementTypes[kind + digits];
  if (type === undefined) {
    const what = otherTypes[kind] ?? 'an unknown type';
    throw new Error(`its elements are ${what}, '${descr}'; save numbers, as array.astype('float32')`);
  }
  const width = Number(digits);
  const there = bytes.length - end;
  const needed = sizeOf(shape) * width;
  if (there < needed) throw new Error(`the file is cut short: ${there} of ${needed} bytes of elements`);
  if (there > needed) {
    throw new Error(
      `the file has ${there - needed} bytes after the array [${shape}]; it must contain one array only`,
    );
  }
  const elements = new Uint8Array(bytes.subarray(end)); // a copy: aligned, in its own memory
  if (order === '>') swapBytes(elements, width);
  const data = type.read(elements.buffer);
  return tensor(type.dtype, shape, fortranOrder && shape.length > 1 ? toCOrder(data, shape) : data);
}

function belowLimit(values: BigInt64Array): BigInt64Array {
  if (values.some((value) => value < 0n)) throw new Error('it holds uint64 numbers of 2^63 or more');
  return values;
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) {
    for (let low = at, high = at + width - 1; low < high; low++, high--) {
      [bytes[low], bytes[high]] = [bytes[high], bytes[low]];
    }
  }
}

/** Converts from the first axis varying fastest to the last axis varying fastest. */
function toCOrder(data: Tensor['data'], shape: readonly number[]): Tensor['data'] {
  const result = data.slice();
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}
