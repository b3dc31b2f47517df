/** Weights that lie in files beside a model: ONNX's external data. */
import { create } from '@bufbuild/protobuf';
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from 'onnx-buf';
import { fieldsOf } from './raise-opset.ts';

/** The bytes of a file beside the model. @param location as the model names it, a relative path */
export type ReadBeside = (location: string) => Promise<Uint8Array>;

/** A file of ONNX holds at most so many bytes. */
const mostBytes = 2 ** 31 - 1;

/** The model with its weights inside. @throws when a file is needed and none can be read, or it is too short, or all is too much */
export async function inlineExternalData(model: ModelProto, readBeside?: ReadBeside): Promise<ModelProto> {
  const graph = model.graph as GraphProto;
  const outside = graph.initializer.filter(isOutside);
  if (outside.length === 0) return model;
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const one of outside) {
    const { location, length } = placeOf(one);
    checkLocation(location);
    if (!readBeside) throw new Error(`its weights are in another file, '${location}', which is not at hand`);
    if (!files.has(location)) files.set(location, await readBeside(location));
    total += length ?? 0;
  }
  if (total > mostBytes) throw new Error(`its weights have ${total} bytes, an ONNX file holds 2 GB`);
  const initializer = graph.initializer.map((one) =>
    isOutside(one) ? inlined(one, files.get(placeOf(one).location) as Uint8Array) : one,
  );
  return create(ModelProtoSchema, {
    ...fieldsOf(model),
    graph: create(GraphProtoSchema, { ...fieldsOf(graph), initializer }),
  });
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

/** @throws when a path leaves the model's folder */
function checkLocation(location: string): void {
  const parts = location.split(/[\\/]/);
  if (location === '' || /^[a-z]:/i.test(location) || parts[0] === '' || parts.includes('..')) {
    throw new Error(`weights are read from beside the model only, it names '${location}'`);
  }
}

function inlined(proto: TensorProto, file: Uint8Array): TensorProto {
  const { location, offset, length = file.length - offset } = placeOf(proto);
  if (!(offset >= 0 && length >= 0 && offset + length <= file.length)) {
    throw new Error(
      `weight '${proto.name}' lies in bytes ${offset} to ${offset + length} of '${location}', which has ${file.length}`,
    );
  }
  return create(TensorProtoSchema, {
    ...fieldsOf(proto),
    dataLocation: TensorProto_DataLocation.DEFAULT,
    externalData: [],
    rawData: file.subarray(offset, offset + length) as Uint8Array<ArrayBuffer>,
  });
}
