import { scaleDim } from '../dim.ts';
import { checkRank, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { BlockAttributes } from './depth-to-space.ts';

/** y[n, (i s + j) C + c, h, w] = x[n, c, s h + i, s w + j];  dx = dy, put back (DepthToSpace) */
export const SpaceToDepth: Operator<BlockAttributes> = {
  type: 'SpaceToDepth',
  inputs: [1, 1],
  attributes: { blocksize: 'int' },
  infer: ([x], { blocksize }) => {
    checkRank('SpaceToDepth', 'the image', x, 4);
    const [n, c, h, w] = x.shape;
    return [
      {
        dtype: x.dtype,
        shape: [n, scaleDim(c, blocksize ** 2, 1), scaleDim(h, 1, blocksize), scaleDim(w, 1, blocksize)],
      },
    ];
  },
  gradient: ({ attributes: { blocksize } }, [dy], o) => [o.depthToSpace(dy, blocksize)],
};

/** `[N, C, s H, s W]` -> `[N, s s C, H, W]`: the inverse of `depthToSpace`. */
export function spaceToDepth(x: Value, blocksize: number): Value {
  return x.graph.add(SpaceToDepth, [x], { blocksize })[0];
}
