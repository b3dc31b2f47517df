/** Checks that stored values take no more memory than the file has data for. */
import type { GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto } from './onnx-schema.ts';
import { bitsOf } from './onnx-types.ts';

/** Bytes that all sparse values of a file may take as dense tensors. */
const maxSparseBytes = 2 ** 28;

/**
 * @throws when a stored value, also of a node or an inner graph, claims more elements than the file has data
 * for, or sparse ones are too large
 */
export function checkStored(model: ModelProto): void {
  let sparse = 0;
  const add = (one: SparseTensorProto): void => {
    checkTensor(one.values);
    checkTensor(one.indices);
    sparse += elementsOf(one.dims, one.values?.name) * (bitsOf(one.values?.dataType ?? 0) / 8);
    if (sparse > maxSparseBytes) {
      throw new Error(
        `its sparse values '${one.values?.name ?? ''}' take ${sparse} bytes, more than the limit of ${maxSparseBytes}`,
      );
    }
  };
  const checkNodes = (nodes: readonly NodeProto[]): void => {
    for (const { attribute } of nodes) {
      for (const { t, tensors, sparseTensor, sparseTensors, g, graphs } of attribute) {
        for (const one of [t, ...tensors]) checkTensor(one);
        for (const one of [sparseTensor, ...sparseTensors]) if (one) add(one);
        for (const one of [g, ...graphs]) if (one) checkGraph(one);
      }
    }
  };
  const checkGraph = ({ initializer, sparseInitializer, node }: GraphProto): void => {
    initializer.forEach(checkTensor);
    sparseInitializer.forEach(add);
    checkNodes(node);
  };
  if (model.graph) checkGraph(model.graph);
  for (const { node } of model.functions) checkNodes(node);
}

function checkTensor(proto?: TensorProto): void {
  if (!proto || proto.externalData.length > 0) return;
  const { name, dims, dataType, rawData, stringData } = proto;
  const { floatData, doubleData, int32Data, int64Data, uint64Data } = proto;
  const needed = elementsOf(dims, name);
  // An element of `int32Data` may hold several small numbers; a complex number is two of `floatData` or
  // `doubleData`.
  const held = Math.max(
    Math.floor((rawData.length * 8) / bitsOf(dataType)),
    int32Data.length * Math.max(1, Math.floor(8 / bitsOf(dataType))),
    ...[floatData, doubleData, int64Data, uint64Data, stringData].map(({ length }) => length),
  );
  if (needed > held) {
    throw new Error(`weight '${name}' of shape [${dims}] has ${needed} numbers, the file holds ${held}`);
  }
}

function elementsOf(dims: readonly bigint[], name: string | undefined): number {
  if (dims.some((dim) => dim < 0n)) throw new Error(`weight '${name ?? ''}' has the shape [${dims}]`);
  return dims.reduce((n, dim) => n * Number(dim), 1);
}
