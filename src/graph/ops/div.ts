import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferBinary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = a / b;  da = dy / b,  db = -dy y / b */
export const Div: Operator<Record<never, never>> = {
  type: 'Div',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferBinary('Div', inputs),
  gradient: ({ inputs: [, b], outputs: [y] }, [dy], o) => [o.div(dy, b), o.neg(o.div(o.mul(dy, y), b))],
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a / b`, element by element. Shapes broadcast. */
export function div(a: Value, b: Value): Value {
  return a.graph.add(Div, [a, b], {})[0];
}
