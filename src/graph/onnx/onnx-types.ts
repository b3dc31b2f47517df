/** ONNX's numbers for element types (`TensorProto.DataType` in onnx.proto). */
import type { DType } from '../../tensor/tensor.ts';

export const onnxTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

/**
 * The element type by ONNX's number.
 * @throws when this project does not use it
 */
export function dtypeOf(onnxType: number): DType {
  const entry = Object.entries(onnxTypes).find(([, code]) => code === onnxType);
  if (!entry) throw new Error(`ONNX: element type ${onnxType} is not supported`);
  return entry[0] as DType;
}

/** Bits of an element, by ONNX's number of its type, where they are not 8. */
const bits: Readonly<Record<number, number>> = {
  1: 32,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  21: 4,
  22: 4,
  23: 4,
};

/** Bits of an element. @param onnxType ONNX's number of its type */
export function bitsOf(onnxType: number): number {
  return bits[onnxType] ?? 8;
}

/** ONNX's numbers of element types by the names that ONNX Runtime has for them. */
export const runtimeTypes: Readonly<Record<string, number>> = {
  ...onnxTypes,
  int8: 3,
  uint16: 4,
  int16: 5,
  string: 8,
  float16: 10,
  uint32: 12,
  uint64: 13,
};
