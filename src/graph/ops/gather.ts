import { sizeOf, type Tensor, tensor } from '../../tensor/tensor.ts';
import { normalizeAxis, staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import { checkKnown, numberOf } from './read-attributes.ts';

type Attributes = { readonly axis: number };

/**
 * y = x at the indices along an axis; the axes of the indices replace that axis.  dx[k] = the sum of dy where
 * the index is k
 * The indices are stored in the graph, so that the gradient can use the cheapest form for them.
 */
export const Gather: Operator<Attributes> = {
  type: 'Gather',
  inputs: [2, 2],
  attributes: { axis: 'int' },
  read: (given, [x]) => {
    checkKnown('Gather', given, ['axis']);
    return { axis: normalizeAxis('Gather', numberOf('Gather', given, 'axis') ?? 0, x.shape.length) };
  },
  infer: ([x, indices], { axis }) => {
    indicesOf(x, indices, axis);
    return [{ dtype: x.dtype, shape: x.shape.toSpliced(axis, 1, ...indices.shape) }];
  },
  gradient: ({ inputs: [x, indices], attributes: { axis } }, [dy], o) => {
    const shape = staticShape(x.shape, 'gradient of Gather');
    const chosen = indicesOf(x, indices, axis);
    const along = o.reshape(dy, shape.with(axis, chosen.length));
    return [putBack(along, chosen, axis, shape, o), undefined];
  },
};

function putBack(
  dy: Value,
  chosen: readonly number[],
  axis: number,
  shape: readonly number[],
  o: Builders,
): Value {
  const length = shape[axis];
  const around = (before: number, after: number): Value => {
    const none = shape.map(() => 0);
    return before + after === 0 ? dy : o.pad(dy, none.with(axis, before), none.with(axis, after));
  };
  const [first] = chosen;
  if (chosen.every((index, i) => index === first + i)) return around(first, length - first - chosen.length);
  if (new Set(chosen).size === chosen.length) {
    // No index occurs twice: the gradient is a Gather, too, with one zero appended for the elements that were
    // not chosen.
    const back = Array<number>(length).fill(chosen.length);
    for (const [i, index] of chosen.entries()) back[index] = i;
    return o.gather(around(0, chosen.length < length ? 1 : 0), axis, tensor('int64', [length], back));
  }
  const rows = tensor('float32', [length, chosen.length]);
  for (const [i, index] of chosen.entries()) rows.data[index * chosen.length + i] = 1;
  const [before, after] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  const columns = o.reshape(dy, [before, chosen.length, after]);
  return o.reshape(o.matMul(dy.graph.constant(rows), columns), shape);
}

/** The indices as whole numbers from 0 to the axis's length - 1. */
function indicesOf({ shape }: Value, { content }: Value, axis: number): readonly number[] {
  if (content?.dtype !== 'int64' && content?.dtype !== 'int32') {
    throw new Error('Gather: the indices must be whole numbers stored in the graph');
  }
  const [length] = staticShape([shape[axis]], 'Gather along its axis');
  return Array.from(content.data as ArrayLike<number | bigint>, Number).map((value) => {
    const index = value < 0 ? value + length : value;
    if (index < 0 || index >= length)
      throw new Error(`Gather: index ${value} is outside axis ${axis} of [${shape}]`);
    return index;
  });
}

/** `x` at the indices along an axis: `[..., length, ...]` -> `[..., shape of the indices, ...]`. */
export function gather(x: Value, axis: number, indices: Tensor<'int64'>): Value {
  const normalized = normalizeAxis('Gather', axis, x.shape.length);
  return x.graph.add(Gather, [x, x.graph.constant(indices)], { axis: normalized })[0];
}
