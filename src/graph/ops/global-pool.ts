/** What GlobalAveragePool and GlobalMaxPool share. */
import type { Value, ValueType } from '../graph.ts';

/** The shape rule `[N, C, ...]` -> `[N, C, 1, ...]`. */
export function inferGlobalPool(op: string, [x]: readonly Value[]): ValueType[] {
  if (x.shape.length < 3)
    throw new Error(`${op}: the input must have axes after its channels, got shape [${x.shape}]`);
  return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => (i < 2 ? dim : 1)) }];
}

/** The axes after batch and channels. */
export function spatialAxes(x: Value): number[] {
  return [...x.shape.keys()].slice(2);
}
