/** What training minimises, as float32 scalars. */
import type { Value } from '../graph/graph.ts';
import { oneHot } from '../graph/one-hot.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { ParameterSpec } from '../models/scope.ts';

/** Mean over the batch of -ln p[label]. @param logits `[N, M]` @param labels int64 `[N]` */
export function crossEntropy(logits: Value, labels: Value): Value {
  const classes = Number(logits.shape[1]);
  const likelihoods = o.reduceSum(o.mul(oneHot(labels, classes), o.logSoftmax(logits, 1)), [1]);
  return o.neg(o.reduceMean(likelihoods, [0]));
}

/** Mean over all elements of the squared difference. */
export function meanSquaredError(a: Value, b: Value): Value {
  const difference = o.sub(a, b);
  return o.reduceMean(
    o.mul(difference, difference),
    a.shape.map((_, axis) => axis),
  );
}

/** Sum over the parameters of `l2` times the sum of squares, as Keras' `l2` regulariser. */
export function l2Penalty(
  parameters: readonly { readonly spec: ParameterSpec; readonly value: Value }[],
): Value | undefined {
  return parameters
    .filter(({ spec }) => spec.l2 > 0)
    .map(({ spec, value }) => {
      const everything = value.shape.map((_, axis) => axis);
      return o.mul(o.reduceSum(o.mul(value, value), everything), value.graph.scalar(spec.l2));
    })
    .reduce<Value | undefined>((sum, term) => (sum ? o.add(sum, term) : term), undefined);
}

/** How many of the batch are predicted right, as a float. */
export function countCorrect(logits: Value, labels: Value): Value {
  return o.reduceSum(o.cast(o.equal(o.argMax(logits, 1), labels), 'float32'), [0]);
}
