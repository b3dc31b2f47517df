import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { checkNames, lastOfEach } from './check-names.ts';
import { type GraphProto, GraphProtoSchema, TensorProtoSchema } from './onnx-schema.ts';

const graph = (fields: {
  stored?: string[];
  inputs?: string[];
  made?: string[][];
  outputs?: string[];
}): GraphProto =>
  create(GraphProtoSchema, {
    initializer: fields.stored?.map((name) => ({ name })),
    input: fields.inputs?.map((name) => ({ name })),
    node: fields.made?.map((output) => ({ output })),
    output: fields.outputs?.map((name) => ({ name })),
  });

test('accepts inputs that are stored values, and outputs without a name', () => {
  const fine = graph({
    stored: ['w'],
    inputs: ['x', 'w'],
    made: [
      ['y', ''],
      ['', 'z'],
    ],
    outputs: ['y', 'x'],
  });
  expect(() => checkNames(fine)).not.toThrow();
});

test.each([
  [{ inputs: ['x', 'x'] }, "broken graph: 'x' is computed twice"],
  [{ stored: ['w'], made: [['w']] }, "broken graph: 'w' is computed twice"],
  [{ made: [['y'], ['y']] }, "broken graph: 'y' is computed twice"],
  [{ made: [['y']], outputs: ['y', 'y'] }, "broken graph: the output 'y' is listed twice"],
  [{ stored: [''] }, 'broken graph: a value has no name'],
  [{ made: [['y'.repeat(5000)], ['y'.repeat(5000)]] }, `'${'y'.repeat(60)}...' is computed twice`],
])('rejects %j', (fields, message) => {
  expect(() => checkNames(graph(fields))).toThrow(message);
});

test('of stored values with the same name, the last one counts', () => {
  const stored = [1n, 2n, 3n].map((dim, i) => create(TensorProtoSchema, { name: 'ab'[i % 2], dims: [dim] }));
  expect(lastOfEach(stored).map(({ name, dims }) => [name, dims[0]])).toEqual([
    ['a', 3n],
    ['b', 2n],
  ]);
});
