import { clone, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
} from '../../src/graph/onnx/onnx-schema.ts';
import type { Random } from '../../src/tensor/random.ts';
import { damageBytes } from './damage-bytes.ts';
import { damageJson } from './damage-json.ts';
import { oneOf } from './kind.ts';

const whole = [
  0n,
  1n,
  -1n,
  2n,
  7n,
  1000n,
  65_536n,
  2n ** 31n - 1n,
  -(2n ** 31n),
  2n ** 40n,
  2n ** 62n,
  -(2n ** 63n),
];
const odd = [0, -1, 1e-30, 1e30, Number.NaN, Number.POSITIVE_INFINITY];
const operators = [
  ...[
    'Identity',
    'Relu',
    'Conv',
    'Gemm',
    'MatMul',
    'Reshape',
    'Expand',
    'Tile',
    'ConstantOfShape',
    'Loop',
    'If',
  ],
  ...[
    'Transpose',
    'Concat',
    'Slice',
    'Gather',
    'Softmax',
    'ReduceMean',
    'Resize',
    'Range',
    'NonZero',
    'Foo',
    '',
  ],
];

/**
 * A damaged copy of an ONNX file: half of them in the fields of their messages, the others in their bytes.
 */
export function damageOnnx(bytes: Uint8Array, rng: Random): Uint8Array {
  if (rng.next() < 0.5) return damageBytes(bytes, rng);
  const model = fromBinary(ModelProtoSchema, bytes);
  const { graph } = model;
  if (graph) for (let n = 1 + rng.integer(3); n > 0; n--) change(model, graph, rng);
  return toBinary(ModelProtoSchema, model);
}

function change(model: ModelProto, graph: GraphProto, rng: Random): void {
  const node = oneOf(rng, graph.node) as NodeProto | undefined;
  const weight = oneOf(rng, graph.initializer);
  const attribute = node && oneOf(rng, node.attribute);
  const value = oneOf(rng, [...graph.input, ...graph.output, ...graph.valueInfo]);
  const names = graph.node.flatMap((one) => [...one.input, ...one.output]);
  const at = (list: readonly unknown[]): number => rng.integer(list.length + 1);
  const kinds: (() => unknown)[] = [
    () => node && Object.assign(node, { opType: oneOf(rng, operators) }),
    () => node && Object.assign(node, { domain: oneOf(rng, ['com.microsoft', 'ai.onnx.ml', 'x']) }),
    () => node?.input.splice(at(node.input), rng.integer(2), oneOf(rng, [...names, '', 'nowhere'])),
    () => node?.input.pop(),
    () => node?.output.splice(at(node.output), rng.integer(2), oneOf(rng, [...names, 'elsewhere'])),
    () => node && graph.node.splice(graph.node.indexOf(node), 1),
    () => node && graph.node.splice(at(graph.node), 0, clone(NodeProtoSchema, node)),
    () =>
      graph.node.splice(
        at(graph.node),
        0,
        create(NodeProtoSchema, { opType: oneOf(rng, operators), output: ['x'] }),
      ),
    () => attribute && Object.assign(attribute, { i: oneOf(rng, whole), f: oneOf(rng, odd) }),
    () => attribute?.ints.splice(at(attribute.ints), rng.integer(2), oneOf(rng, whole)),
    () =>
      attribute &&
      Object.assign(attribute, { type: rng.integer(15), name: oneOf(rng, ['', 'axis', attribute.name]) }),
    () => node && attribute && node.attribute.splice(node.attribute.indexOf(attribute), 1),
    () => weight?.dims.splice(at(weight.dims), rng.integer(2), oneOf(rng, whole)),
    () => weight && Object.assign(weight, { dataType: rng.integer(25) }),
    () =>
      weight &&
      Object.assign(weight, { rawData: weight.rawData.slice(0, rng.integer(weight.rawData.length + 1)) }),
    () => weight && Object.assign(weight, { name: oneOf(rng, [...names, '']) }),
    () => weight && Object.assign(weight, { dataLocation: 1 }),
    () =>
      weight &&
      new Uint8Array(weight.rawData.buffer, weight.rawData.byteOffset, weight.rawData.length).fill(
        255,
        0,
        4 * (1 + rng.integer(4)),
      ),
    () => {
      const type = value?.type?.value;
      if (type?.case !== 'tensorType') return;
      const dims = type.value.shape?.dim;
      const dim = dims && oneOf(rng, dims);
      if (dim) dim.value = { case: 'dimValue', value: oneOf(rng, whole) };
      else type.value.elemType = rng.integer(25);
    },
    () => value && Object.assign(value, { name: oneOf(rng, [...names, '']) }),
    () => graph.output.splice(at(graph.output), rng.integer(2), ...(value ? [value] : [])),
    () => graph.input.splice(at(graph.input), rng.integer(2), ...(value ? [value] : [])),
    () =>
      Object.assign(model.opsetImport[0] ?? {}, {
        version: oneOf(rng, whole),
        domain: oneOf(rng, ['', 'x']),
      }),
    () => Object.assign(model, { irVersion: oneOf(rng, whole) }),
    () => Object.assign(model, { graph: undefined }),
    () => changeMetadata(model, rng),
    () => changeMetadata(model, rng),
    () => changeMetadata(model, rng),
  ];
  oneOf(rng, kinds)();
}

function changeMetadata({ metadataProps }: ModelProto, rng: Random): void {
  const entry = oneOf(rng, metadataProps);
  if (entry === undefined) return;
  const texts = ['', ' ', '-1', '0', '1e9', '8192', 'null', '[]', '{}', 'x'.repeat(50_000), '\u001b[31m'];
  entry.value = rng.next() < 0.4 ? oneOf(rng, texts) : jsonOrBytes(entry.value, rng);
  if (rng.next() < 0.2) metadataProps.splice(metadataProps.indexOf(entry), 1);
}

function jsonOrBytes(text: string, rng: Random): string {
  const decoder = new TextDecoder();
  try {
    return decoder.decode(damageJson(JSON.parse(text), rng));
  } catch {
    return decoder.decode(damageBytes(new TextEncoder().encode(text), rng));
  }
}
