import { broadcastShapes } from '../dim.ts';
import { checkSameType, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { elementwise } from './split-rules.ts';

/** y = a where the condition holds, else b;  da = dy there, db = dy elsewhere */
export const Where: Operator<Record<never, never>> = {
  type: 'Where',
  inputs: [3, 3],
  attributes: {},
  infer: ([condition, a, b]) => {
    checkSameType('Where', a, b);
    if (condition.dtype !== 'bool')
      throw new Error(`Where: the condition must be bool, got ${condition.dtype}`);
    const shape = broadcastShapes('Where', condition.shape, broadcastShapes('Where', a.shape, b.shape));
    return [{ dtype: a.dtype, shape }];
  },
  gradient: ({ inputs: [condition] }, [dy], o) => {
    const zero = condition.graph.scalar(0);
    return [undefined, o.where(condition, dy, zero), o.where(condition, zero, dy)];
  },
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a` where the condition holds, else `b`, element by element. Shapes broadcast. */
export function where(condition: Value, a: Value, b: Value): Value {
  return condition.graph.add(Where, [condition, a, b], {})[0];
}
