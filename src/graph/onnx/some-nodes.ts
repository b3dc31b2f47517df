/**
 * A model of some nodes of another model, without weights: for asking ONNX Runtime for shapes, or for a few
 * numbers.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import type { Tensor } from '../../tensor/tensor.ts';
import { readBy } from './node-proto.ts';
import {
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './onnx-schema.ts';
import { typeProto } from './proto.ts';
import { fieldsOf } from './raise-opset.ts';
import { tensorProto } from './tensor-proto.ts';

/** An element type, by ONNX's number, and a shape. */
export interface ValueFacts {
  readonly type: number;
  readonly shape: readonly number[];
}

/** What is known of a value: its content, or its type and shape. */
export type Known = Tensor | TensorProto | ValueFacts;

/**
 * The bytes of the model.
 * @param known of values that the nodes read; those without content become inputs
 * @param outputs names of its results
 */
export function modelOfNodes(
  model: ModelProto,
  node: readonly NodeProto[],
  known: (name: string) => Known | undefined,
  outputs: readonly string[],
): Uint8Array {
  const made = new Set(node.flatMap(({ output }) => output));
  const read = new Set(node.flatMap(readBy));
  const given = [...read].flatMap((name) => {
    const found = made.has(name) ? undefined : known(name);
    return found ? [[name, found] as const] : [];
  });
  const graph = create(GraphProtoSchema, {
    name: 'some_nodes',
    node: [...node],
    input: given.flatMap(([name, one]) =>
      'type' in one ? [create(ValueInfoProtoSchema, { name, type: typeProto(one.type, one.shape) })] : [],
    ),
    initializer: given.flatMap(([name, one]) => {
      if ('type' in one) return [];
      return [
        'dtype' in one ? tensorProto(name, one) : create(TensorProtoSchema, { ...fieldsOf(one), name }),
      ];
    }),
    output: outputs.map((name) => create(ValueInfoProtoSchema, { name })),
  });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { ...fieldsOf(model), metadataProps: [], graph }),
  );
}
