/** Operators that an import cannot do with, told by their names before ONNX Runtime or a gradient fails on them. */
import { FileError } from '../errors/file-error.ts';
import type { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { operators } from '../graph/ops/index.ts';
import { printable } from '../text/printable.ts';

/** Domains of ONNX Runtime Extensions: decoding and resizing of picture files, tokenizers. */
const extensions: readonly string[] = ['ai.onnx.contrib', 'com.microsoft.extensions'];

/** Domains of operators that ONNX Runtime has, or some of its builds. */
const known =
  /^(|ai\.onnx(\.ml|\.training|\.preview(\.training)?)?|com\.microsoft(\.\w+)?|com\.ms\.internal\.nhwc|org\.pytorch\.aten)$/;

/** @throws `FileError` where an operator is of another library, or the model reads picture files by itself */
export function checkOperators({ nodes, functions, name }: ForeignModel): void {
  const reader = nodes.find(({ proto }) => extensions.includes(proto.domain));
  if (reader) {
    throw new FileError(
      name,
      `it reads pictures by itself, with ${reader.type} of ONNX Runtime Extensions: take the float32 file without preprocessing inside`,
    );
  }
  const other = nodes.find(({ type, proto }) => !known.test(proto.domain) && !functions.has(type));
  if (other) {
    throw new FileError(
      name,
      `its operator ${printable(other.type)} is of another library, ONNX Runtime lacks it: export it with operators of ONNX alone`,
    );
  }
}

const quantized =
  /^(DynamicQuantizeLinear|MatMulInteger|ConvInteger|QLinear\w+|com\.microsoft\.(Q\w+|DynamicQuantize\w+|MatMulInteger\w+|MatMulNBits|MatMulBnb4|MatMulFpQ4|GatherBlockQuantized))$/;

/** Operators that a gradient passes as if they were not there: a change of precision, or of its notation. */
export const transparent: readonly string[] = ['Cast', 'QuantizeLinear', 'DequantizeLinear'];

/** Whether a gradient passes an operator here. */
export function hasGradient(type: string): boolean {
  return transparent.includes(type) || Object.hasOwn(operators, type);
}

/** Why there is no gradient behind an operator, and what to do. @param node its name, or that of its result */
export function withoutGradient(type: string, node: string): string {
  return quantized.test(type)
    ? `it is quantized: ${type} ('${node}') lies between the layer and the logits, and has no gradient; take the float32 file of the model`
    : `the operator ${type} ('${node}') lies between the layer and the logits, and has no gradient here; --layer names a later one`;
}
