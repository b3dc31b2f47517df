/** Reads weights from files beside a model: ONNX's external data. */
import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './onnx-schema.ts';
import { bitsOf } from './onnx-types.ts';
import { fieldsOf } from './raise-opset.ts';

/**
 * Reads a file beside the model.
 * @param location a relative path, as the model gives it
 */
export type ReadBeside = (location: string) => Promise<Uint8Array>;

/** Bytes that an ONNX file can have (protobuf's limit). */
const maxFileBytes = 2 ** 31 - 1;

/**
 * The model with all weights inside, also those of inner graphs.
 * @throws when a file cannot be read or is too short, or the weights exceed 2 GB, which is checked before any
 * file is read
 */
export async function inlineExternalData(model: ModelProto, readBeside?: ReadBeside): Promise<ModelProto> {
  const graph = model.graph as GraphProto;
  const outside = outsideOf(graph);
  if (outside.length === 0) return model;
  let total = 0;
  for (const one of outside) {
    const { location, length } = checkedPlace(one);
    if (!readBeside)
      throw new Error(`its weights are in another file, '${location}', which cannot be read here`);
    total += length;
  }
  if (total > maxFileBytes)
    throw new Error(`its weights have ${total} bytes, an ONNX file holds at most 2 GB`);
  const files = new Map<string, Uint8Array>();
  for (const { location } of outside.map(placeOf)) {
    if (!files.has(location)) files.set(location, await (readBeside as ReadBeside)(location));
  }
  const of = (one: TensorProto): TensorProto =>
    isOutside(one) ? inlined(one, files.get(placeOf(one).location) as Uint8Array) : one;
  return create(ModelProtoSchema, { ...fieldsOf(model), graph: mapped(graph, of) });
}

/** The stored values of a graph whose data are in other files. */
function outsideOf(graph: GraphProto): TensorProto[] {
  const found: TensorProto[] = [];
  mapped(graph, (one) => {
    if (isOutside(one)) found.push(one);
    return one;
  });
  return found;
}

/** A graph with each stored value replaced, also those of Constant nodes and inner graphs. */
function mapped(graph: GraphProto, of: (one: TensorProto) => TensorProto): GraphProto {
  const node = graph.node.map((one) =>
    one.attribute.some(({ t, g }) => t || g)
      ? create(NodeProtoSchema, {
          ...fieldsOf(one),
          attribute: one.attribute.map((attribute) =>
            create(AttributeProtoSchema, {
              ...fieldsOf(attribute),
              t: attribute.t && of(attribute.t),
              g: attribute.g && mapped(attribute.g, of),
            }),
          ),
        })
      : one,
  );
  return create(GraphProtoSchema, { ...fieldsOf(graph), node, initializer: graph.initializer.map(of) });
}

function isOutside({ dataLocation, externalData }: TensorProto): boolean {
  return dataLocation === TensorProto_DataLocation.EXTERNAL || externalData.length > 0;
}

interface PlaceInFile {
  readonly location: string;
  /** In bytes. */
  readonly offset: number;
  /** In bytes; undefined: to the end of the file. */
  readonly length?: number;
}

function placeOf({ externalData }: TensorProto): PlaceInFile {
  const entry = (key: string): string | undefined => externalData.find((one) => one.key === key)?.value;
  const length = entry('length');
  return {
    location: entry('location') ?? '',
    offset: Number(entry('offset') ?? 0),
    length: length === undefined ? undefined : Number(length),
  };
}

/**
 * @returns the place, with the bytes that the weight takes
 * @throws when it is not inside a file of the model's folder
 */
function checkedPlace(proto: TensorProto): { location: string; length: number } {
  const { location, offset, length } = placeOf(proto);
  const parts = location.split(/[\\/]/);
  if (location === '' || /^[a-z]:/i.test(location) || parts[0] === '' || parts.includes('..')) {
    throw new Error(`weights are read only from the model's folder, it names '${location}'`);
  }
  const needed = bytesOf(proto);
  if (![offset, needed].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw new Error(`weight '${proto.name}' takes ${needed} bytes from ${offset} on in '${location}'`);
  }
  if (length !== undefined && length !== needed) {
    throw new Error(
      `weight '${proto.name}' has ${length} bytes in '${location}', [${proto.dims}] needs ${needed}`,
    );
  }
  return { location, length: needed };
}

/** Bytes of a stored value's elements. */
function bytesOf({ dataType, dims }: TensorProto): number {
  return Math.ceil((dims.reduce((n, dim) => n * Number(dim), 1) * bitsOf(dataType)) / 8);
}

function inlined(proto: TensorProto, file: Uint8Array): TensorProto {
  const { location, offset } = placeOf(proto);
  const end = offset + bytesOf(proto);
  if (end > file.length) {
    throw new Error(
      `weight '${proto.name}' lies in bytes ${offset} to ${end} of '${location}', which has ${file.length}`,
    );
  }
  return create(TensorProtoSchema, {
    ...fieldsOf(proto),
    dataLocation: TensorProto_DataLocation.DEFAULT,
    externalData: [],
    rawData: file.subarray(offset, end) as Uint8Array<ArrayBuffer>,
  });
}
