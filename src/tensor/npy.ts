/** NumPy's .npy files (format 1 to 3, as `numpy.lib.format` defines it), through npyjs. */
import { dump, parse } from 'npyjs';
import { type DType, sizeOf, type Tensor, type TypedArrayOf, tensor } from './tensor.ts';

const codes = { float32: 'f4', float64: 'f8', uint8: 'u1', int32: 'i4', int64: 'i8', bool: 'b1' } as const;
const dtypes = new Map<string, DType>(Object.entries(codes).map(([dtype, code]) => [code, dtype as DType]));

/** The bytes of a .npy file, little-endian, C order. */
export function encodeNpy(t: Tensor): Uint8Array {
  return new Uint8Array(dump(t.data as Float32Array, [...t.shape], { dtype: codes[t.dtype] }));
}

/**
 * Reads the bytes of a .npy file.
 * @param name stands in the errors, usually the file's name.
 * @throws when the bytes are no .npy file, are cut short, are in Fortran order, or hold an unsupported element type.
 */
export function decodeNpy(bytes: Uint8Array, name = 'the array'): Tensor {
  if (bytes.length < 10 || bytes[0] !== 0x93 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY') {
    throw new Error(`${name}: not a .npy file (it must begin with \\x93NUMPY)`);
  }
  let array: ReturnType<typeof parse>;
  try {
    array = parse(new Uint8Array(bytes).buffer); // a copy of its own: a Buffer shares its memory with others
  } catch (error) {
    throw new Error(`${name}: unreadable .npy file (${(error as Error).message})`);
  }
  const dtype = dtypes.get(array.dtype);
  if (dtype === undefined) {
    throw new Error(
      `${name}: element type ${array.dtype} is not supported (use one of ${Object.keys(codes).join(', ')})`,
    );
  }
  if (array.fortranOrder && array.shape.length > 1) {
    throw new Error(`${name}: the array is in Fortran order; save numpy.ascontiguousarray(array) instead`);
  }
  const data = array.data as TypedArrayOf[DType];
  if (data.length !== sizeOf(array.shape)) {
    throw new Error(`${name}: the file is cut short: ${data.length} of ${sizeOf(array.shape)} elements`);
  }
  return tensor(dtype, array.shape, data);
}
