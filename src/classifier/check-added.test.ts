import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { tinyClassifier } from '../../test/helpers/tiny-classifier.ts';
import { ModelProtoSchema } from '../graph/onnx/onnx-schema.ts';
import { createSession } from '../runtime/node.ts';
import { importClassifier } from './import-classifier.ts';
import { decodeImported } from './imported-classifier.ts';

test('rejects a map that is negated only in the graph, reads an untouched file', async () => {
  const { file } = await importClassifier(tinyClassifier(), createSession, { name: 'tiny.onnx' });
  expect((await decodeImported(file, 'a.onnx', createSession)).type).toBe('half');
  const model = fromBinary(ModelProtoSchema, file);
  const node = model.graph?.node.find(({ output }) => output.includes('low_res_cam'));
  if (node) node.opType = 'Neg';
  await expect(decodeImported(toBinary(ModelProtoSchema, model), 'a.onnx', createSession)).rejects.toThrow(
    "a.onnx: damaged: its graph does not compute 'low_res_cam' as its weights and metadata say",
  );
});
