import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import {
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
} from '../graph/onnx/onnx-schema.ts';
import { tensorProto } from '../graph/onnx/tensor-proto.ts';
import { random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { initializeWeights, type ModelConfig } from './model.ts';
import { decodeModel, encodeModel } from './model-file.ts';

const half: ModelConfig = { type: 'half', classes: ['a', 'b', 'c'], imSize: 32, channels: 3 };
const kinds: readonly ModelConfig[] = [
  half,
  { ...half, channels: 1 },
  { ...half, type: 'full' },
  { ...half, type: 'full', expansion: 'tied-cells' },
  { ...half, type: 'full', expansion: 'tied-image' },
];
const files = new Map(
  kinds.map((config) => [config, encodeModel({ ...config, weights: initializeWeights(config, random(0)) })]),
);

function changed(config: ModelConfig, change: (graph: GraphProto) => void): Uint8Array {
  const model = fromBinary(ModelProtoSchema, files.get(config) as Uint8Array);
  change(model.graph as GraphProto);
  return toBinary(ModelProtoSchema, model);
}

const makerOf = (graph: GraphProto, value: string): NodeProto =>
  graph.node.find(({ output }) => output.includes(value)) as NodeProto;

test.each(kinds)('accepts what encodeModel wrote: %o', (config) => {
  expect(decodeModel(files.get(config) as Uint8Array, 'a.onnx')).toMatchObject(config);
});

describe('rejects a changed graph with unchanged weights', () => {
  const full = kinds[4];
  test.each<[what: string, output: string, change: (graph: GraphProto) => void]>([
    ['a map is negated', 'low_res_cam', (graph) => set(makerOf(graph, 'low_res_cam'), { opType: 'Neg' })],
    [
      'an output is another value',
      'high_res_cam',
      (graph) => set(makerOf(graph, 'high_res_cam'), { input: ['Relu_0'] }),
    ],
    [
      'an attribute has changed',
      'probabilities',
      (graph) => {
        const [epsilon] = makerOf(graph, 'BatchNormalization_0').attribute;
        epsilon.f = 0.5;
      },
    ],
    [
      'a stored table has other numbers',
      'high_res_cam',
      (graph) => {
        const large = ({ name, rawData }: { name: string; rawData?: Uint8Array }): boolean =>
          !name.includes('/') && (rawData?.length ?? 0) > 4 * 255;
        graph.initializer.find(large)?.rawData?.fill(0);
      },
    ],
    [
      'two weights of equal shape are exchanged',
      'probabilities',
      (graph) => {
        const node = makerOf(graph, 'BatchNormalization_0');
        const [x, scale, bias, ...rest] = node.input;
        node.input = [x, bias, scale, ...rest];
      },
    ],
    [
      'a stored number has changed',
      'low_res_cam',
      (graph) => {
        const { input } = makerOf(graph, makerOf(graph, 'low_res_cam').input[0]);
        const axes = graph.initializer.find(({ name }) => name === input[1]);
        set(axes as object, tensorProto(input[1], tensor('int64', [1], [2])));
      },
    ],
  ])('%s', (_, output, change) => {
    expect(() => decodeModel(changed(full, change), 'a.onnx')).toThrow(
      `a.onnx: damaged: its graph does not compute '${output}' as its weights and metadata say`,
    );
  });

  test('rejects a missing output', () => {
    const without = (name: string) =>
      changed(kinds[2], (graph) => {
        graph.output = graph.output.filter((one) => one.name !== name);
      });
    expect(() => decodeModel(without('high_res_cam'), 'a.onnx')).toThrow(
      "a.onnx: damaged: its graph does not give 'high_res_cam'",
    );
    // Files of earlier versions lack it.
    expect(decodeModel(without('reconstruction'), 'a.onnx').type).toBe('full');
  });
});

test('accepts inner names and biases as written by earlier versions', () => {
  const bytes = changed(kinds[2], (graph) => {
    const node = graph.node.flatMap((one) => {
      if (one.opType !== 'ConvTranspose') return [one];
      const [x, kernel, bias] = one.input;
      const channels = graph.initializer.find(({ name }) => name === bias)?.dims[0] ?? 0n;
      const result = one.output[0];
      const shape = tensorProto(`${result}_shape`, tensor('int64', [4], [1, Number(channels), 1, 1]));
      graph.initializer.push(shape);
      const make = (opType: string, input: string[], output: string): NodeProto =>
        create(NodeProtoSchema, { opType, input, output: [output] });
      return [
        create(NodeProtoSchema, { ...one, input: [x, kernel], output: [`${result}_sum`] }),
        make('Reshape', [bias, shape.name], `${result}_bias`),
        make('Add', [`${result}_sum`, `${result}_bias`], result),
      ];
    });
    const of = (name: string): string => name.replace(/^Relu_/, 'activation_');
    graph.node = node.map((one) =>
      create(NodeProtoSchema, { ...one, input: one.input.map(of), output: one.output.map(of) }),
    );
  });
  expect(decodeModel(bytes, 'a.onnx').type).toBe('full');
});

function set(target: object, fields: object): void {
  Object.assign(target, fields);
}
