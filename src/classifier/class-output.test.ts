import { expect, test } from 'vitest';
import { foreignOnnx, type ModelParts, node } from '../../test/helpers/foreign-onnx.ts';
import { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { type ClassOutput, classOutputOf } from './class-output.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

async function found(nodes: ModelParts['nodes'], shapes: Shapes, multiLabel?: boolean): Promise<ClassOutput> {
  const bytes = foreignOnnx({ nodes, inputs: { x: [1, 10] }, outputs: Object.keys(shapes) });
  return classOutputOf(await ForeignModel.parse(bytes, 'a.onnx'), shapes, multiLabel);
}

const softmaxed = (...behind: ModelParts['nodes']): ModelParts['nodes'] => [
  node('Relu', ['x'], ['r']),
  node('Softmax', ['r'], ['s']),
  ...behind,
];
const row = { y: [1, 10] };

test.each<[string, ModelParts['nodes'], boolean | undefined, Omit<ClassOutput, 'name' | 'classes'>]>([
  ['logits', [node('Relu', ['x'], ['y'])], undefined, { logits: 'y', activation: 'softmax', inside: false }],
  [
    'logits with labels as a second output',
    [node('Relu', ['x'], ['y'])],
    true,
    { logits: 'y', activation: 'sigmoid', inside: false },
  ],
  [
    'Softmax',
    softmaxed(node('Identity', ['s'], ['y'])),
    true,
    { logits: 'r', activation: 'softmax', inside: true },
  ],
  [
    'a result computed from it without changing the numbers',
    softmaxed(
      node('Cast', ['s'], ['t'], { to: 1 }),
      node('Flatten', ['t'], ['u']),
      node('Squeeze', ['u'], ['y']),
    ),
    false,
    { logits: 'r', activation: 'softmax', inside: true },
  ],
  [
    'LogSoftmax: softmax of its result is softmax',
    [node('LogSoftmax', ['x'], ['y'])],
    undefined,
    { logits: 'x', activation: 'softmax', inside: false },
  ],
  [
    'Sigmoid',
    [node('Sigmoid', ['x'], ['y'])],
    undefined,
    { logits: 'x', activation: 'sigmoid', inside: true },
  ],
  [
    'a score of the softmax beside it',
    softmaxed(node('Mul', ['s', 's'], ['y'])),
    undefined,
    { logits: 'y', activation: 'softmax', inside: false },
  ],
])('%s', async (_, nodes, multiLabel, wanted) => {
  expect(await found(nodes, row, multiLabel)).toEqual({ name: 'y', classes: 10, ...wanted });
});

/** A model with features and logits computed from them, under the names given. */
const two = (features: string, logits: string): ModelParts['nodes'] => [
  node('Relu', ['x'], [features]),
  node('Neg', [features], [logits]),
];

test.each<[string, ModelParts['nodes'], Shapes, string]>([
  ['one row of scores', two('f', 'y'), { y: [1, 10] }, 'y'],
  ['one row with more axes', two('f', 'y'), { y: [1, 10, 1, 1] }, 'y'],
  ['scores with axes before the classes', two('f', 'y'), { y: [1, 1, 10] }, 'y'],
  ['feature maps beside it', two('maps', 'y'), { maps: [1, 64, 7, 7], y: [1, 10] }, 'y'],
  ['a telling name', two('a', 'logits'), { a: [1, 64], logits: [1, 10] }, 'logits'],
  [
    'several telling names',
    two('scores', 'probabilities'),
    { scores: [1, 9], probabilities: [1, 9] },
    'scores',
  ],
  [
    'logits beside an auxiliary head',
    two('aux_logits', 'logits'),
    { aux_logits: [1, 10], logits: [1, 10] },
    'logits',
  ],
  ['an auxiliary head as in Inception', two('aux', 'output'), { output: [1, 10], aux: [1, 10] }, 'output'],
  [
    'names as in Hugging Face',
    two('pooler_output', 'logits'),
    { pooler_output: [1, 768], last_hidden_state: [1, 197, 768], logits: [1, 10] },
    'logits',
  ],
  [
    'features and logits without telling names',
    two('out1', 'out2'),
    { out1: [1, 64], out2: [1, 10] },
    'out2',
  ],
  ['an embedding beside it', two('embedding', 'y'), { embedding: [1, 64], y: [1, 10] }, 'y'],
  ['only an embedding', two('f', 'embedding'), { embedding: [1, 64] }, 'embedding'],
  ['numbers as names', two('495', '497'), { 495: [1, 64], 497: [1, 10] }, '497'],
])('%s: finds the output with the class scores', async (_, nodes, shapes, wanted) => {
  expect((await found(nodes, shapes)).name).toBe(wanted);
});

test.each<[Shapes, string]>([
  [
    { y: [1, 1] },
    "'y' [1, 1]; one number is not a classification: export it with a logit or probability for each class, at least 2",
  ],
  [{ y: [1, 21, 64, 64] }, "'y' [1, 21, 64, 64]; a classifier has an output [N, M], one number a class"],
  [{ y: [1, 197, 768] }, "'y' [1, 197, 768]; a classifier has an output [N, M], one number a class"],
  [{ f: [100, 4], y: [10] }, "'f' [100, 4], 'y' [10]; a classifier has an output [N, M], one number a class"],
])('rejects %j', async (shapes, reason) => {
  await expect(found(two('f', 'y'), shapes)).rejects.toThrow(
    `a.onnx: no image classifier: its outputs are ${reason}`,
  );
});
