/** The shape rules that element-wise operators share. */
import { broadcastShapes } from '../dim.ts';
import { checkSameType, type Value, type ValueType } from '../graph.ts';

/** The shape rule of two operands of one type, broadcast as in NumPy. */
export function inferBinary(op: string, [a, b]: readonly Value[]): ValueType[] {
  checkSameType(op, a, b);
  return [{ dtype: a.dtype, shape: broadcastShapes(op, a.shape, b.shape) }];
}

/** The shape rule of a comparison of two operands: bool. */
export function inferComparison(op: string, inputs: readonly Value[]): ValueType[] {
  return [{ dtype: 'bool', shape: inferBinary(op, inputs)[0].shape }];
}

/** The shape rule of a result with the operand's type and shape. */
export function inferUnary([x]: readonly Value[]): ValueType[] {
  return [{ dtype: x.dtype, shape: x.shape }];
}

/** The shape rule of a logical operator: bool. */
export function inferLogic(op: string, inputs: readonly Value[]): ValueType[] {
  checkLogic(op, inputs);
  return inferBinary(op, inputs);
}

/** @throws unless the operands are bool */
export function checkLogic(op: string, inputs: readonly Value[]): void {
  const odd = inputs.find(({ dtype }) => dtype !== 'bool');
  if (odd) throw new Error(`${op}: operands must be bool, got ${odd.dtype}`);
}
