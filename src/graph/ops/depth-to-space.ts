import { scaleDim, staticShape } from '../dim.ts';
import { checkRank, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { required, withDefaults } from './read-attributes.ts';

export type BlockAttributes = { readonly blocksize: number };
type Attributes = BlockAttributes & { readonly mode: 'DCR' | 'CRD' };

/**
 * Moves channels to the pixels of blocks of s x s:
 *
 *     DCR    y[n, c, s h + i, s w + j] = x[n, (i s + j) C + c, h, w];    dx = SpaceToDepth of dy
 *     CRD    y[n, c, s h + i, s w + j] = x[n, c s s + i s + j, h, w];    dx = its inverse of dy
 */
export const DepthToSpace: Operator<Attributes> = {
  type: 'DepthToSpace',
  inputs: [1, 1],
  attributes: { blocksize: 'int', mode: 'string' },
  read: (given, inputs) => {
    const blocksize = required('DepthToSpace', given, 'blocksize');
    return withDefaults<Attributes>('DepthToSpace', { blocksize, mode: 'DCR' })(given, inputs);
  },
  infer: ([x], { blocksize, mode }) => {
    checkRank('DepthToSpace', 'the image', x, 4);
    if (mode !== 'DCR' && mode !== 'CRD')
      throw new Error(`DepthToSpace: mode must be DCR or CRD, got ${mode}`);
    const [n, c, h, w] = x.shape;
    return [
      {
        dtype: x.dtype,
        shape: [n, scaleDim(c, 1, blocksize ** 2), scaleDim(h, blocksize, 1), scaleDim(w, blocksize, 1)],
      },
    ];
  },
  gradient: ({ inputs: [x], attributes: { blocksize, mode } }, [dy], o) => {
    if (mode === 'DCR') return [o.spaceToDepth(dy, blocksize)];
    const [n, channels, height, width] = staticShape(x.shape, 'gradient of DepthToSpace');
    const blocks = o.reshape(dy, [n, channels / blocksize ** 2, height, blocksize, width, blocksize]);
    return [o.reshape(o.transpose(blocks, [0, 1, 3, 5, 2, 4]), [n, channels, height, width])];
  },
};

/**
 * `[N, s s C, H, W]` -> `[N, C, s H, s W]`: pixel (s h + i, s w + j) of channel c comes from channel (i s +
 * j) C + c with mode 'DCR', from channel c s s + i s + j with 'CRD' (PyTorch's pixel shuffle).
 */
export function depthToSpace(x: Value, blocksize: number, mode: 'DCR' | 'CRD' = 'DCR'): Value {
  return x.graph.add(DepthToSpace, [x], { blocksize, mode })[0];
}
