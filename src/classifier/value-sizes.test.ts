import { expect, test } from 'vitest';
import { type AttributeValue, drawn, foreignOnnx, graphOf, node } from '../../test/helpers/foreign-onnx.ts';
import { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { onnxTypes } from '../graph/onnx/onnx-types.ts';
import { createSession } from '../runtime/node.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { checkValueSizes } from './value-sizes.ts';

const whole = (values: readonly number[]): Tensor => tensor('int64', [values.length], values);
const one = tensor('float32', [1], [1]);
const image = { type: onnxTypes.float32, shape: [1, 3, 32, 32] };

async function check(nodes: ReturnType<typeof node>[], initializers: Record<string, Tensor>) {
  const outputs = [nodes[nodes.length - 1].output[0]];
  const bytes = foreignOnnx({ nodes, outputs, inputs: { x: [1, 3, 'H', 'W'] }, initializers });
  return checkValueSizes(await ForeignModel.parse(bytes, 'm.onnx'), { x: image }, createSession);
}

const large: readonly [
  type: string,
  inputs: readonly string[],
  stored: Record<string, Tensor>,
  attributes?: Record<string, AttributeValue>,
][] = [
  ['Expand', ['one', 'shape'], { one, shape: whole([40_000, 40_000]) }],
  ['ConstantOfShape', ['shape'], { shape: whole([40_000, 40_000]) }],
  ['Tile', ['x', 'times'], { times: whole([1, 1, 1000, 1000]) }],
  ['Resize', ['x', '', 'scales'], { scales: tensor('float32', [4], [1, 1, 1000, 1000]) }],
  ['Pad', ['x', 'pads'], { pads: whole([0, 0, 10_000, 10_000, 0, 0, 10_000, 10_000]) }],
  ['Add', ['a', 'b'], { a: tensor('float32', [30_000, 1]), b: tensor('float32', [1, 30_000]) }],
  ['MatMul', ['a', 'b'], { a: tensor('float32', [30_000, 1]), b: tensor('float32', [1, 30_000]) }],
  ['ConvTranspose', ['x', 'kernel'], { kernel: drawn([3, 1, 2, 2], 1) }, { strides: [1000, 1000] }],
  ['Conv', ['x', 'kernel'], { kernel: drawn([8, 3, 1, 1], 1) }, { pads: [9000, 9000, 9000, 9000] }],
  ['Range', ['start', 'end', 'step'], { start: of(0), end: of(4e9), step: of(1) }],
];

function of(value: number): Tensor {
  return tensor('int64', [], [value]);
}

test.each(large)(
  '%s: rejects more than 2 GB computed from a few bytes',
  async (type, inputs, stored, attributes) => {
    await expect(check([node(type, inputs, ['y'], attributes)], stored)).rejects.toThrow(
      new RegExp(
        String.raw`^its node 'y' \(${type}\) makes [\d.]+(e\+\d+)? GB of values for one picture; at most 2 GB are allowed$`,
      ),
    );
  },
);

test('follows shapes computed from stored numbers and from other shapes', async () => {
  const { pow, two } = { pow: whole([5, 5]), two: whole([10, 10]) };
  const computed = [node('Pow', ['two', 'pow'], ['large']), node('Expand', ['one', 'large'], ['y'])];
  await expect(check(computed, { one, pow, two })).rejects.toThrow("node 'y' (Expand) makes 40 GB");
  const ofShape = [
    node('Relu', ['x'], ['r']),
    node('Shape', ['r'], ['shape']),
    node('Mul', ['shape', 'factor'], ['wanted']),
    node('Expand', ['one', 'wanted'], ['y']),
    node('Shape', ['y'], ['again'], { start: 2 }),
    node('ReduceProd', ['again'], ['product']),
    node('ConstantOfShape', ['product'], ['z']),
  ];
  const found = await check(ofShape, { one, factor: whole([1, 1, 2, 3]) });
  expect(found.get('y')?.shape).toEqual([1, 3, 64, 96]);
  expect(found.get('z')?.shape).toEqual([6144]);
  await expect(check(ofShape, { one, factor: whole([1, 1, 2000, 3000]) })).rejects.toThrow('(Expand) makes');
});

test('counts many values of a permitted size that exist at once', async () => {
  const shape = whole([20_000, 20_000]);
  const nodes = ['a', 'b', 'c'].map((name) => node('Expand', ['one', 'shape'], [name]));
  await expect(check([...nodes, node('Sum', ['a', 'b', 'c'], ['y'])], { one, shape })).rejects.toThrow(
    /^its node 'c' \(Expand\) runs beside 4.8 GB of values/,
  );
  const inTurn = [
    node('Expand', ['one', 'shape'], ['a']),
    node('Relu', ['a'], ['b']),
    node('Relu', ['b'], ['c']),
    node('ReduceMax', ['c'], ['y']),
  ];
  expect((await check(inTurn, { one, shape })).get('c')?.shape).toEqual([20_000, 20_000]);
});

test('counts values in the branches of an If', async () => {
  const branch = (shape: string) =>
    graphOf({
      nodes: [
        node('Expand', ['one', shape], ['wide']),
        node('ReduceMax', ['wide'], ['most'], { keepdims: 0 }),
      ],
      outputs: ['most'],
    });
  const nodes = [node('If', ['yes'], ['y'], { then_branch: branch('small'), else_branch: branch('shape') })];
  const stored = { one, yes: tensor('bool', [], [1]), small: whole([2]), shape: whole([1_000_000, 3000]) };
  await expect(check(nodes, stored)).rejects.toThrow('(Expand) makes 12 GB');
});

test('rejects shapes of too many steps, and sessions that report no shapes', async () => {
  const steps = Array.from({ length: 70 }, (_, i) => [
    node('Shape', [i === 0 ? 'x' : `e${i - 1}`], [`s${i}`]),
    node('Mul', [`s${i}`, 'factor'], [`w${i}`]),
    node('Expand', ['one', `w${i}`], [`e${i}`]),
  ]).flat();
  await expect(check(steps, { one, factor: whole([1, 1, 1, 1]) })).rejects.toThrow(
    'its shapes are computed in more than 60 steps, each from the one before',
  );
  const bytes = foreignOnnx({
    nodes: [node('Relu', ['x'], ['y'])],
    outputs: ['y'],
    inputs: { x: [1, 3, 'H', 'W'] },
  });
  const silent: typeof createSession = async (...given) => {
    const session = await createSession(...given);
    return {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      run: (...fed) => session.run(...fed),
      release: () => session.release(),
    };
  };
  await expect(
    ForeignModel.parse(bytes, 'm.onnx').then((model) => checkValueSizes(model, { x: image }, silent)),
  ).rejects.toThrow('internal: the session does not give the types of its outputs');
});
