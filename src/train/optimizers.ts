/** Update rules, as graph builders. */
import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';

export interface Optimizer {
  readonly name: string;
  readonly learningRate: number;
  /** What it keeps for each parameter, of the parameter's shape, zero at first. */
  readonly slots: readonly string[];
  /** The parameter and its slots after one step. */
  update(
    parameter: Value,
    gradient: Value,
    slots: readonly Value[],
    learningRate: Value,
  ): { readonly parameter: Value; readonly slots: readonly Value[] };
}

/**
 * Zeiler, *ADADELTA: An Adaptive Learning Rate Method* (2012), algorithm 1:
 *
 *     a = rho a + (1 - rho) g^2,   u = g sqrt(d + eps) / sqrt(a + eps),   d = rho d + (1 - rho) u^2,   w = w - lr u
 *
 * Defaults: lr 1, rho 0.95, eps 1e-7, as in Keras.
 */
export function adadelta({
  learningRate = 1,
  rho = 0.95,
  epsilon = 1e-7,
}: {
  learningRate?: number;
  rho?: number;
  epsilon?: number;
} = {}): Optimizer {
  return {
    name: 'adadelta',
    learningRate,
    slots: ['accumulator', 'delta'],
    update: (w, g, [a, d], lr) => {
      const scalar = (value: number): Value => w.graph.scalar(value);
      const decay = (average: Value, value: Value): Value =>
        o.add(o.mul(average, scalar(rho)), o.mul(o.mul(value, value), scalar(1 - rho)));
      const nextA = decay(a, g);
      const root = (x: Value): Value => o.sqrt(o.add(x, scalar(epsilon)));
      const u = o.div(o.mul(g, root(d)), root(nextA));
      return { parameter: o.sub(w, o.mul(lr, u)), slots: [nextA, decay(d, u)] };
    },
  };
}

/** w = w - lr g. Default lr 0.01. */
export function sgd({ learningRate = 0.01 }: { learningRate?: number } = {}): Optimizer {
  return {
    name: 'sgd',
    learningRate,
    slots: [],
    update: (w, g, _slots, lr) => ({ parameter: o.sub(w, o.mul(lr, g)), slots: [] }),
  };
}
