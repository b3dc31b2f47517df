import type { Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';

/** One-hot rows `[N, M]` of indices `[N]`, float32; a row of zeros where an index is outside 0..M-1. */
export function oneHot(indices: Value, classes: number): Value {
  const range = indices.graph.integers(Array.from({ length: classes }, (_, i) => i));
  return o.cast(o.equal(o.reshape(indices, [0, 1]), range), 'float32');
}
