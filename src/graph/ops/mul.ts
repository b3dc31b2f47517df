import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferBinary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = a b;  da = dy b,  db = dy a */
export const Mul: Operator<Record<never, never>> = {
  type: 'Mul',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferBinary('Mul', inputs),
  gradient: ({ inputs: [a, b] }, [dy], o) => [o.mul(dy, b), o.mul(dy, a)],
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a * b`, element by element. Shapes broadcast. */
export function mul(a: Value, b: Value): Value {
  return a.graph.add(Mul, [a, b], {})[0];
}
