/**
 * Weights stored in 16 bits and computed with in 32, which halves a file. A Cast node restores each weight;
 * ONNX Runtime does that once, when it opens the file.
 */
import { create } from '@bufbuild/protobuf';
import { floatToHalf } from '../../tensor/half-float.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { castNode, float32 } from './node-proto.ts';
import { type GraphProto, GraphProtoSchema, type TensorProto, TensorProtoSchema } from './onnx-schema.ts';
import { fieldsOf } from './raise-opset.ts';
import { readTensor, tensorProto } from './tensor-proto.ts';

/** ONNX's number of the element type. */
const float16 = 10;
/** Smaller values stay float32: shapes, scales, biases. */
const minNumbers = 256;
/** Suffix of the name of a value stored in 16 bits. */
const suffix = '/float16';

/**
 * The graph with its large float32 weights stored in 16 bits. Weights with a number out of float16's range
 * stay float32.
 */
export function withHalfWeights(graph: GraphProto): GraphProto {
  const changed = new Map(graph.initializer.flatMap((one) => asHalf(one) ?? []));
  return create(GraphProtoSchema, {
    ...fieldsOf(graph),
    initializer: graph.initializer.map((one) => changed.get(one.name) ?? one),
    node: [...[...changed.keys()].map((name) => castNode(name + suffix, name, float32)), ...graph.node],
  });
}

/** The name of a weight, and the value stored in its place. */
function asHalf(weight: TensorProto): [string, TensorProto][] | undefined {
  if (weight.dataType !== float32) return undefined;
  const { shape, data } = readTensor(weight) as Tensor<'float32'>;
  const bits = data.length < minNumbers ? undefined : floatToHalf(data);
  if (!bits) return undefined;
  const rawData = new Uint8Array(bits.buffer as ArrayBuffer);
  const name = weight.name + suffix;
  return [
    [weight.name, create(TensorProtoSchema, { name, dataType: float16, dims: shape.map(BigInt), rawData })],
  ];
}

/** The inverse of `withHalfWeights`: the weights stored as float32 again. */
export function withoutHalfWeights(graph: GraphProto): GraphProto {
  const stored = new Map(graph.initializer.map((one) => [one.name, one]));
  const casts = graph.node.filter(
    ({ opType, input, output }) =>
      opType === 'Cast' && input[0] === output[0] + suffix && stored.get(input[0])?.dataType === float16,
  );
  if (casts.length === 0) return graph;
  const back = new Map(casts.map(({ input, output }) => [input[0], output[0]]));
  return create(GraphProtoSchema, {
    ...fieldsOf(graph),
    initializer: graph.initializer.map((one) => {
      const name = back.get(one.name);
      return name === undefined ? one : tensorProto(name, readTensor(one));
    }),
    node: graph.node.filter((node) => !casts.includes(node)),
  });
}
