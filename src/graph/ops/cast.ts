import type { DType } from '../../tensor/tensor.ts';
import type { Value } from '../graph.ts';
import { dtypeOf, onnxTypes } from '../onnx/onnx-types.ts';
import type { Operator } from '../operator.ts';
import { ignoring, required, withDefaults } from './read-attributes.ts';
import { elementwise } from './split-rules.ts';

type Attributes = { readonly to: number };

/** y = x in another element type. It turns comparisons and indices into numbers, so no gradient flows. */
export const Cast: Operator<Attributes> = {
  type: 'Cast',
  inputs: [1, 1],
  attributes: { to: 'int' },
  // They choose how 8-bit floats are rounded; this project has none.
  read: ignoring(['saturate', 'round_mode'], (given, inputs) =>
    withDefaults('Cast', { to: required('Cast', given, 'to') })(given, inputs),
  ),
  infer: ([x], { to }) => [{ dtype: dtypeOf(to), shape: x.shape }],
  gradient: 'none',
  splitBatch: elementwise,
};

/** `x` in another element type. */
export function cast(x: Value, dtype: DType): Value {
  return x.graph.add(Cast, [x], { to: onnxTypes[dtype] })[0];
}
