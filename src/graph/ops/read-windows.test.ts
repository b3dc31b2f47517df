/**
 * How operators with windows, axes and ranges read the nodes of other programs: attributes left out, or given
 * in two ways.
 */
import { expect, test } from 'vitest';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { Graph, type Value } from '../graph.ts';
import { decodeOnnx, encodeOnnx } from '../onnx/proto.ts';
import type { Attributes, Operator } from '../operator.ts';
import { type OperatorType, builders as o, operators } from './index.ts';

/** An image, and a kernel or any other second input. */
function inputs(shape: readonly number[], second?: Tensor): Value[] {
  const graph = new Graph();
  const x = graph.input('x', 'float32', shape);
  return second ? [x, graph.constant(second)] : [x];
}

function read(type: OperatorType, given: Attributes, values: readonly Value[]): Attributes {
  const operator: Operator = operators[type];
  return operator.read?.(given, values) ?? {};
}

const image = [1, 4, 7, 8];
const kernel = tensor('float32', [6, 2, 3, 4]);

test('Conv: reads defaults, and attributes equal to their defaults', () => {
  const [x, w] = inputs(image, kernel);
  const plain = { strides: [1, 1], pads: [0, 0, 0, 0], group: 1, dilations: undefined };
  expect(read('Conv', {}, [x, w])).toEqual(plain);
  const said = { kernel_shape: [3, 4], dilations: [1, 1], group: 1, auto_pad: 'NOTSET', pads: [0, 0, 0, 0] };
  expect(read('Conv', said, [x, w])).toEqual(plain);
  expect(read('Conv', { dilations: [1, 2], group: 2 }, [x, w])).toEqual({
    ...plain,
    dilations: [1, 2],
    group: 2,
  });
  expect(read('Conv', {}, inputs([1, 4, 9], tensor('float32', [6, 4, 3])))).toEqual({
    ...plain,
    strides: [1],
    pads: [0, 0],
  });
});

test.each([
  ['VALID', [1, 1], [0, 0, 0, 0]],
  // 7 rows need a padding of 3 - 1; 8 columns need 4 - 1, an odd number.
  ['SAME_UPPER', [1, 1], [1, 1, 1, 2]],
  ['SAME_LOWER', [1, 1], [1, 2, 1, 1]],
  // 4 windows of 3 rows span 9 for the 7 rows; 4 windows of 4 columns span 10 for the 8 columns.
  ['SAME_UPPER', [2, 2], [1, 1, 1, 1]],
  // 2 windows of 3 rows, 4 apart, span 7; 2 windows of 4 columns span 8.
  ['SAME_LOWER', [4, 4], [0, 0, 0, 0]],
  // The stride is longer than the window: nothing is cropped.
  ['SAME_UPPER', [7, 8], [0, 0, 0, 0]],
])('auto_pad %s, strides [%s]: pads [%s]', (auto_pad, strides, pads) => {
  const [x, w] = inputs(image, kernel);
  expect(read('Conv', { auto_pad, strides }, [x, w]).pads).toEqual(pads);
  const pool = read('AveragePool', { auto_pad, strides, kernel_shape: [3, 4] }, [x]);
  expect(pool.pads ?? [0, 0, 0, 0]).toEqual(pads);
});

test('auto_pad uses the full extent of a dilated window', () => {
  const [x, w] = inputs(image, kernel);
  expect(read('Conv', { auto_pad: 'SAME_UPPER', dilations: [2, 1] }, [x, w]).pads).toEqual([2, 1, 2, 2]);
});

test('Conv: rejects attributes that do not fit or are not supported', () => {
  const values = inputs(image, kernel);
  expect(() => read('Conv', { kernel_shape: [3, 3] }, values)).toThrow(
    'Conv: kernel_shape is [3,3], the kernel has shape [6,2,3,4]',
  );
  expect(() => read('Conv', { auto_pad: 'SAME' }, values)).toThrow(
    'Conv: auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, got SAME',
  );
  expect(() => read('Conv', { strides: 2 }, values)).toThrow(
    'Conv: strides must be a list of numbers, got 2',
  );
  expect(() => read('Conv', { bias: 1 }, values)).toThrow("Conv: attribute 'bias' is not known here");
  const [volume, cube] = inputs([1, 2, 4, 4, 4], tensor('float32', [2, 2, 3, 3, 3]));
  expect(() => o.conv(volume, cube)).toThrow(
    'Conv: the input must be an image of rank 4 or a sequence of rank 3, got shape [1,2,4,4,4]',
  );
});

test('pools: reads defaults, and attributes equal to their defaults', () => {
  const [x] = inputs(image);
  const plain = { kernel_shape: [3, 3], strides: [1, 1] };
  const said = { kernel_shape: [3, 3], pads: [0, 0, 0, 0], ceil_mode: 0, strides: [1, 1], dilations: [1, 1] };
  expect(read('MaxPool', { kernel_shape: [3, 3] }, [x])).toEqual(plain);
  expect(read('MaxPool', { ...said, storage_order: 0 }, [x])).toEqual(plain);
  expect(read('AveragePool', { ...said, count_include_pad: 0 }, [x])).toEqual(plain);
  const padded = { kernel_shape: [3, 3], pads: [1, 0, 1, 0], ceil_mode: 1, strides: [2, 2] };
  expect(read('MaxPool', { ...padded, dilations: [2, 2] }, [x])).toEqual({ ...padded, dilations: [2, 2] });
  expect(read('AveragePool', { ...padded, count_include_pad: 1 }, [x])).toEqual({
    ...padded,
    count_include_pad: 1,
  });
  expect(() => read('MaxPool', {}, [x])).toThrow("MaxPool: attribute 'kernel_shape' (ints) is needed");
  expect(() => read('AveragePool', { kernel_shape: [2, 2], dilations: [1, 2] }, [x])).toThrow(
    'AveragePool: dilations must be 1 here, got [1,2]',
  );
});

test.each([
  // (6 + 1 - 3) / 2 = 2 steps
  [[6, 6], [0, 0, 1, 1], 0, [3, 3]],
  // (6 - 3) / 2 = 1.5 steps: the third window reaches beyond the end
  [[6, 7], [0, 0, 0, 0], 1, [3, 3]],
  [[6, 7], [0, 0, 0, 0], 0, [2, 3]],
])(
  'a pool of 3x3, stride 2, of %s padded by %s, ceil_mode %i, gives %s',
  (size, pads, ceil_mode, expected) => {
    const [x] = inputs([1, 2, ...size]);
    const [y] = x.graph.add(operators.MaxPool, [x], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads,
      ceil_mode,
    });
    expect(y.shape).toEqual([1, 2, ...expected]);
  },
);

test('no window starts behind the end', () => {
  const [x] = inputs([1, 1, 3, 3]);
  const attributes = { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 };
  // (3 + 2 - 2) / 2 = 1.5 steps: a third window would begin at 4 - 1 = 3, where the image ends.
  expect(x.graph.add(operators.MaxPool, [x], attributes)[0].shape).toEqual([1, 1, 2, 2]);
});

test('reads axes, flags and factors', () => {
  const [x] = inputs([2, 3, 4]);
  expect(read('Concat', { axis: -1 }, [x])).toEqual({ axis: 2 });
  expect(() => read('Concat', {}, [x])).toThrow("Concat: attribute 'axis' (a number) is needed");
  expect(read('Transpose', {}, [x])).toEqual({ perm: [2, 1, 0] });
  expect(read('Flatten', {}, [x])).toEqual({ axis: 1 });
  expect(read('Gather', {}, [x])).toEqual({ axis: 0 });
  expect(read('Gather', { axis: -1 }, [x])).toEqual({ axis: 2 });
  expect(read('Split', { axis: -2 }, [x])).toEqual({ axis: 1 });
  expect(read('ArgMax', {}, [x])).toEqual({ axis: 0, keepdims: 1 });
  expect(read('ArgMax', { axis: -1, keepdims: 0, select_last_index: 0 }, [x])).toEqual({
    axis: 2,
    keepdims: 0,
  });
  expect(() => read('ArgMax', { select_last_index: 1 }, [x])).toThrow(
    'select_last_index must be 0 here, got 1',
  );
  expect(read('Gemm', { alpha: 1, beta: 1, transA: 0, transB: 1 }, [x])).toEqual({ transB: 1 });
  expect(read('Reshape', { allowzero: 0 }, [x])).toEqual({});
  for (const type of ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceL2'] as const) {
    expect(read(type, { noop_with_empty_axes: 0 }, [x])).toEqual({ keepdims: 1 });
  }
  expect(read('Pad', { mode: 'constant' }, [x])).toEqual({});
  expect(() => read('Pad', { mode: 'reflect' }, [x])).toThrow('Pad: mode must be constant here, got reflect');
});

test('Resize: reads defaults, rejects unsupported modes', () => {
  const [x] = inputs([1, 2, 3, 4]);
  const graph = x.graph;
  const plain = {
    mode: 'nearest',
    coordinate_transformation_mode: 'half_pixel',
    nearest_mode: 'round_prefer_floor',
  };
  expect(read('Resize', { cubic_coeff_a: -0.75, antialias: 0 }, [x])).toEqual(plain);
  expect(() => read('Resize', { antialias: 1 }, [x])).toThrow('Resize: antialias must be 0 here, got 1');
  const cubic = { ...plain, mode: 'cubic' };
  const values = [x, undefined, undefined, graph.integers([1, 2, 6, 8])];
  expect(() => graph.add(operators.Resize, values, cubic)).toThrow(
    'Resize: mode must be nearest or linear here, got cubic',
  );
});

test('rejects ranges and lengths that leave nothing or do not add up', () => {
  const [x] = inputs([2, 6]);
  expect(() => o.slice(x, 1, 4, 7)).toThrow('Slice: the range 4:7 does not fit axis 1 of [2,6]');
  expect(() => o.sliceAxes(x, [-1], [7], [9], [1])).toThrow(
    'Slice: the range 7:9:1 holds no element of axis 1 of [2,6]',
  );
  expect(o.sliceAxes(x, [1, 0], [-100, -1], [100, 2 ** 40], [4, 1]).shape).toEqual([1, 2]);
  expect(() => o.split(x, 1, [2, 3])).toThrow('Split: the lengths [2,3] do not add up to axis 1 of [2,6]');
  expect(() => x.graph.add(operators.Split, [x], { axis: 1 })).toThrow(
    'Split: either lengths or num_outputs are needed',
  );
  expect(() => o.gather(x, 1, tensor('int64', [1], [6]))).toThrow(
    'Gather: index 6 is outside axis 1 of [2,6]',
  );
  expect(() => o.squeeze(x, [1])).toThrow('Squeeze: axis 1 of [2,6] must have length 1');
  expect(() => o.einsum('ii->i', [x])).toThrow("Einsum: 'ii' of 'ii->i' names an axis twice");
});

test('does not write attributes equal to their defaults', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [1, 4, 8, 8]);
  const w = graph.initializer('w', tensor('float32', [6, 2, 3, 3]));
  const y = o.conv(x, w, { pads: [1, 1, 1, 1], group: 2, dilations: [1, 1] });
  graph.output(o.identity(o.gemm(o.flatten(o.maxPool(y, 2)), graph.input('b', 'float32', [96, 2])), 'y'));
  const { graph: again } = decodeOnnx(encodeOnnx(graph));
  const attributes = again.nodes.map((node) =>
    Object.entries(node.attributes).filter(([, value]) => value !== undefined),
  );
  expect(attributes.map((entries) => entries.map(([name]) => name))).toEqual([
    ['strides', 'pads', 'group'],
    ['kernel_shape', 'strides'],
    ['axis'],
    [],
    [],
  ]);
});
