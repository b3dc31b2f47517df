/**
 * Typed arrays with a shape, row-major (the last axis varies fastest). The one data type that every folder
 * shares.
 */

/** Element types and the typed array that holds each. `bool` is one byte per element, 0 or 1. */
export interface TypedArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  uint8: Uint8Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}

/** The name of an element type. */
export type DType = keyof TypedArrayOf;

/** A typed array with its element type and shape. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TypedArrayOf[D];
}

/** A real-valued map over an image: float32 `[H, W]`. */
export type FloatMap = Tensor<'float32'>;
/** A mask over an image: uint8 `[H, W]`, 0 or 1. */
export type Mask = Tensor<'uint8'>;
/** A decoded picture: uint8 `[H, W, C]`, C = 3 (RGB) or 1 (grey). */
export type Picture = Tensor<'uint8'>;

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

/** Number of elements of a shape; 1 for the empty shape (a scalar). */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/**
 * Creates a tensor; without `data`, of zeros.
 * @throws when a dimension is not a whole number >= 0, or the length of `data` does not match the shape
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 *
 * const zeros = tensor('float32', [2, 3]);
 * console.log(zeros.data.length); //=> 6
 * const row = tensor('uint8', [1, 3], Uint8Array.of(1, 2, 3));
 * console.log(row.shape, row.data[2]); //=> [ 1, 3 ] 3
 * ```
 */
export function tensor<D extends DType>(
  dtype: D,
  shape: readonly number[],
  data?: TypedArrayOf[D] | readonly number[],
): Tensor<D> {
  if (shape.some((dim) => !Number.isInteger(dim) || dim < 0)) {
    throw new Error(`Tensor: dimensions must be whole numbers >= 0, the shape is [${shape}]`);
  }
  const size = sizeOf(shape);
  if (data !== undefined && data.length !== size) {
    throw new Error(`Tensor: shape [${shape}] needs ${size} elements, the data has ${data.length}`);
  }
  return { dtype, shape: [...shape], data: toTypedArray(dtype, data ?? size) };
}

/** The constructor of an element type's array. */
export function arrayType<D extends DType>(dtype: D): ArrayConstructorOf<D> {
  return arrays[dtype] as unknown as ArrayConstructorOf<D>;
}

interface ArrayConstructorOf<D extends DType> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): TypedArrayOf[D];
}

function toTypedArray<D extends DType>(
  dtype: D,
  data: TypedArrayOf[D] | readonly number[] | number,
): TypedArrayOf[D] {
  const ArrayType = arrays[dtype];
  if (data instanceof ArrayType) return data as TypedArrayOf[D];
  if (typeof data === 'number') return new ArrayType(data) as TypedArrayOf[D];
  const values = data as readonly number[];
  const array = dtype === 'int64' ? BigInt64Array.from(values, BigInt) : new ArrayType(values as never);
  return array as TypedArrayOf[D];
}

/** The same data in another shape of the same size; shares memory. */
export function reshape<D extends DType>(t: Tensor<D>, shape: readonly number[]): Tensor<D> {
  return tensor(t.dtype, shape, t.data);
}

/**
 * Height and width of a `[H, W]` map.
 * @throws when the tensor has another rank, or no pixel
 */
export function mapSize(t: Tensor, what: string): { height: number; width: number } {
  if (t.shape.length !== 2 || sizeOf(t.shape) === 0) {
    throw new Error(
      `${what}: a map must have shape [H, W] with at least one pixel, this one has [${t.shape}]`,
    );
  }
  return { height: t.shape[0], width: t.shape[1] };
}
