import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = x;  dx = dy */
export const Identity: Operator<Record<never, never>> = {
  type: 'Identity',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: (_node, [dy]) => [dy],
  splitBatch: elementwise,
  memory: 'view',
};

/** The same value under a name of its own: outputs of a graph get their names so. */
export function identity(x: Value, name?: string): Value {
  return x.graph.add(Identity, [x], {}, name === undefined ? [] : [name])[0];
}
