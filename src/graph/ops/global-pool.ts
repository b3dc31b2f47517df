/** What the pools over a whole image share. */
import type { Value, ValueType } from '../graph.ts';

/** `[N, C, ...]` -> `[N, C, 1, ...]` */
export function inferGlobalPool(op: string, [x]: readonly Value[]): ValueType[] {
  if (x.shape.length < 3)
    throw new Error(`${op}: the image has axes behind its channels, got shape [${x.shape}]`);
  return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => (i < 2 ? dim : 1)) }];
}

/** The axes behind batch and channels. */
export function spatialAxes(x: Value): number[] {
  return [...x.shape.keys()].slice(2);
}
