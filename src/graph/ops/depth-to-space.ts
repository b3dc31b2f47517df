import { scaleDim } from '../dim.ts';
import { checkRank, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';

export type BlockAttributes = { readonly blocksize: number };

/** y[n, c, s h + i, s w + j] = x[n, (i s + j) C + c, h, w];  dx = dy, put back (SpaceToDepth) */
export const DepthToSpace: Operator<BlockAttributes> = {
  type: 'DepthToSpace',
  inputs: [1, 1],
  attributes: { blocksize: 'int' },
  infer: ([x], { blocksize }) => {
    checkRank('DepthToSpace', 'the image', x, 4);
    const [n, c, h, w] = x.shape;
    return [
      {
        dtype: x.dtype,
        shape: [n, scaleDim(c, 1, blocksize ** 2), scaleDim(h, blocksize, 1), scaleDim(w, blocksize, 1)],
      },
    ];
  },
  gradient: ({ attributes: { blocksize } }, [dy], o) => [o.spaceToDepth(dy, blocksize)],
};

/** `[N, s s C, H, W]` -> `[N, C, s H, s W]`: the channels of phase (i, j), which come as number i s + j, to pixels (s h + i, s w + j). */
export function depthToSpace(x: Value, blocksize: number): Value {
  return x.graph.add(DepthToSpace, [x], { blocksize })[0];
}
