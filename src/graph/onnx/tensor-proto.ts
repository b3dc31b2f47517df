/** ONNX's `TensorProto` to tensors and back. */
import { create } from '@bufbuild/protobuf';
import { bfloatToFloat, halfToFloat } from '../../tensor/half-float.ts';
import { arrayType, type DType, sizeOf, type Tensor, tensor } from '../../tensor/tensor.ts';
import { type TensorProto, TensorProtoSchema } from './onnx-schema.ts';
import { dtypeOf, onnxTypes } from './onnx-types.ts';

export function tensorProto(name: string, { dtype, shape, data }: Tensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: onnxTypes[dtype],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  });
}

/** ONNX's numbers of the element types that are read as float32. */
const float16 = 10;
const bfloat16 = 16;

/**
 * The tensor, in whichever field its numbers are stored; float16 and bfloat16 become float32.
 * @throws when the type is not supported, the data are in another file, or their number does not match the
 * shape
 */
export function readTensor(proto: TensorProto): Tensor {
  const shape = proto.dims.map(Number);
  if (proto.externalData.length > 0) throw new Error(`weight '${proto.name}' is not in this file`);
  if (proto.dataType === float16 || proto.dataType === bfloat16) {
    return tensor('float32', shape, readHalves(proto, shape));
  }
  const dtype = dtypeOf(proto.dataType);
  const fields = fieldOf(proto, dtype);
  if (proto.rawData.length === 0 && fields.length > 0) {
    checkLength(proto, shape, fields.length, sizeOf(shape), 'numbers');
    return tensor(dtype, shape, numbersOf(dtype, fields));
  }
  const ArrayType = arrayType(dtype);
  checkLength(proto, shape, proto.rawData.length, sizeOf(shape) * ArrayType.BYTES_PER_ELEMENT, 'bytes');
  // A copy: the bytes inside the file need not lie at a multiple of the element size. (A Buffer's slice is no
  // copy.)
  const { buffer } = new Uint8Array(proto.rawData);
  return tensor(dtype, shape, new ArrayType(buffer, 0, sizeOf(shape)));
}

/** The field in which ONNX stores numbers of this type that are not raw bytes. */
function fieldOf(
  { floatData, doubleData, int64Data, int32Data }: TensorProto,
  dtype: DType,
): readonly (number | bigint)[] {
  switch (dtype) {
    case 'float32':
      return floatData;
    case 'float64':
      return doubleData;
    case 'int64':
      return int64Data;
    default:
      return int32Data;
  }
}

function numbersOf<D extends DType>(dtype: D, values: readonly (number | bigint)[]): Tensor<D>['data'] {
  if (dtype === 'int64') return BigInt64Array.from(values as bigint[]) as Tensor<D>['data'];
  return tensor(dtype, [values.length], values as number[]).data;
}

function readHalves(proto: TensorProto, shape: readonly number[]): Float32Array {
  const { rawData, int32Data, dataType } = proto;
  const isRaw = rawData.length > 0 || int32Data.length === 0;
  if (isRaw) checkLength(proto, shape, rawData.length, 2 * sizeOf(shape), 'bytes');
  else checkLength(proto, shape, int32Data.length, sizeOf(shape), 'numbers');
  const bits = isRaw ? new Uint16Array(new Uint8Array(rawData).buffer) : Uint16Array.from(int32Data);
  return dataType === float16 ? halfToFloat(bits) : bfloatToFloat(bits);
}

function checkLength(
  { name }: TensorProto,
  shape: readonly number[],
  length: number,
  needed: number,
  unit: string,
): void {
  if (shape.some((dim) => dim < 0) || length !== needed) {
    throw new Error(`weight '${name}' holds ${length} ${unit}, [${shape}] needs ${needed}`);
  }
}
