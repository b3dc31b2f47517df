import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, StringStringEntryProtoSchema } from '../../src/graph/onnx/onnx-schema.ts';

/** The bytes of a model file with other metadata under some keys. */
export function changedMetadata(bytes: Uint8Array, changes: Readonly<Record<string, string>>): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const kept = model.metadataProps.filter(({ key }) => !(key in changes));
  const added = Object.entries(changes).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  model.metadataProps = [...kept, ...added];
  return toBinary(ModelProtoSchema, model);
}
