/**
 * Recognises operators that an import does not support by their names, before ONNX Runtime or a gradient
 * fails on them.
 */
import { FileError } from '../errors/file-error.ts';
import type { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { operators } from '../graph/ops/index.ts';
import { printable } from '../text/printable.ts';

/** Domains of ONNX Runtime Extensions: decoding and resizing of picture files, tokenizers. */
const extensions: readonly string[] = ['ai.onnx.contrib', 'com.microsoft.extensions'];

/** Domains of operators that ONNX Runtime, or some of its builds, supports. */
const known =
  /^(|ai\.onnx(\.ml|\.training|\.preview(\.training)?)?|com\.microsoft(\.\w+)?|com\.ms\.internal\.nhwc|org\.pytorch\.aten)$/;

/**
 * @throws `FileError` if an operator belongs to another library, or the model decodes picture files itself
 */
export function checkOperators({ nodes, functions, name }: ForeignModel): void {
  const reader = nodes.find(({ proto }) => extensions.includes(proto.domain));
  if (reader) {
    throw new FileError(
      name,
      `it decodes pictures itself, with ${reader.type} of ONNX Runtime Extensions: take the float32 file without preprocessing inside`,
    );
  }
  const other = nodes.find(({ type, proto }) => !known.test(proto.domain) && !functions.has(type));
  if (other) {
    throw new FileError(
      name,
      `its operator ${printable(other.type)} belongs to another library, ONNX Runtime lacks it: export it with ONNX's own operators`,
    );
  }
}

const quantized =
  /^(DynamicQuantizeLinear|MatMulInteger|ConvInteger|QLinear\w+|com\.microsoft\.(Q\w+|DynamicQuantize\w+|MatMulInteger\w+|MatMulNBits|MatMulBnb4|MatMulFpQ4|GatherBlockQuantized))$/;

/** Operators that a gradient passes unchanged: changes of precision or of its encoding. */
export const transparent: readonly string[] = ['Cast', 'QuantizeLinear', 'DequantizeLinear'];

/** Whether an operator has a gradient here. */
export function hasGradient(type: string): boolean {
  return transparent.includes(type) || Object.hasOwn(operators, type);
}

/**
 * Why an operator has no gradient, and what to do.
 * @param node its name, or that of its result
 */
export function withoutGradient(type: string, node: string): string {
  return quantized.test(type)
    ? `it is quantized: ${type} ('${node}') lies between the layer and the logits, and has no gradient; take the float32 file of the model`
    : `the operator ${type} ('${node}') lies between the layer and the logits, and has no gradient here; --layer names a later one`;
}
