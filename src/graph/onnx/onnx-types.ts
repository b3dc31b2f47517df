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

/** @throws when the project does not use this element type. */
export function dtypeOf(onnxType: number): DType {
  const entry = Object.entries(onnxTypes).find(([, code]) => code === onnxType);
  if (!entry) throw new Error(`ONNX: element type ${onnxType} is not supported`);
  return entry[0] as DType;
}
