/** Changes nodes and value descriptions of ONNX files. */
import { create } from '@bufbuild/protobuf';
import type { Shape } from '../dim.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx-schema.ts';
import { typeProto } from './proto.ts';
import { fieldsOf } from './raise-opset.ts';

/** ONNX's number of the element type. */
export const float32 = 1;

/** The names of all values that a node reads, with those that its inner graphs read from outside. */
export function readBy({ input, attribute }: NodeProto): string[] {
  const names = input.filter((name) => name !== '');
  for (const { g } of attribute) {
    if (!g) continue;
    const inner = new Set([
      ...g.input.map(({ name }) => name),
      ...g.initializer.map(({ name }) => name),
      ...g.node.flatMap(({ output }) => output),
    ]);
    const read = [...g.node.flatMap(readBy), ...g.output.map(({ name }) => name)];
    names.push(...read.filter((name) => !inner.has(name)));
  }
  return names;
}

/** A graph with its values renamed, also in inner graphs. */
export function renamedGraph(graph: GraphProto, of: (name: string) => string): GraphProto {
  const withName = (info: ValueInfoProto): ValueInfoProto =>
    create(ValueInfoProtoSchema, { ...fieldsOf(info), name: of(info.name) });
  return create(GraphProtoSchema, {
    ...fieldsOf(graph),
    input: graph.input.map(withName),
    output: graph.output.map(withName),
    valueInfo: [],
    quantizationAnnotation: [],
    initializer: graph.initializer.map((one) =>
      create(TensorProtoSchema, { ...fieldsOf(one), name: of(one.name) }),
    ),
    node: graph.node.map((node) => renamedNode(node, of)),
  });
}

/** A node with its values renamed. */
export function renamedNode(node: NodeProto, of: (name: string) => string): NodeProto {
  return create(NodeProtoSchema, {
    ...fieldsOf(node),
    input: node.input.map(of),
    output: node.output.map(of),
    attribute: node.attribute.map((one) =>
      one.g ? create(AttributeProtoSchema, { ...fieldsOf(one), g: renamedGraph(one.g, of) }) : one,
    ),
  });
}

/**
 * A Cast node.
 * @param type ONNX's number of the element type
 */
export function castNode(from: string, to: string, type: number): NodeProto {
  const attribute = create(AttributeProtoSchema, { name: 'to', type: AttributeType.INT, i: BigInt(type) });
  return create(NodeProtoSchema, {
    opType: 'Cast',
    name: to,
    input: [from],
    output: [to],
    attribute: [attribute],
  });
}

/** The description of a value, with another shape if one is given. */
export function reshaped(info: ValueInfoProto, shape?: Shape): ValueInfoProto {
  if (!shape || info.type?.value.case !== 'tensorType') return info;
  const { elemType } = info.type.value.value;
  return create(ValueInfoProtoSchema, { name: info.name, type: typeProto(elemType, shape) });
}

/** The description of a value, as float32 and under another name. */
export function retyped(info: ValueInfoProto, name: string): ValueInfoProto {
  const shape = info.type?.value.case === 'tensorType' ? info.type.value.value.shape : undefined;
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: float32, shape } } },
  });
}
