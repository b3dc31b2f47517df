/** The classifier whose body a head is trained on. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { atSize } from '../../classifier/at-size.ts';
import { type ImportedClassifier, onnxKindOf } from '../../classifier/imported-classifier.ts';
import { ownNetwork } from '../../classifier/own-network.ts';
import { readBytes } from '../../data/files/read-file.ts';
import { FileError } from '../../errors/file-error.ts';
import { ModelKindError } from '../../errors/model-kind-error.ts';
import { anyModelIn } from '../../load-model.ts';
import { isKerasFile } from '../../models/keras-file.ts';
import { createSession } from '../../runtime/node.ts';
import { backboneFile, backboneNames } from '../models-along.ts';
import type { GivenOptions } from './run-options.ts';

export interface Backbone {
  readonly classifier: ImportedClassifier;
  /** A short digest of the file's bytes. */
  readonly digest: string;
}

/**
 * Reads a backbone: an included one, a file written by `import`, or a file that `import` accepts.
 * @param tell called with each line about what an import assumed
 * @param imSize the input size, in pixels; default: the backbone's own
 * @param kind 'any network': also accepts this project's half models, as if imported
 * @param inputScale the input range of a half model in a Keras file
 * @throws when it is not a backbone
 */
export async function readBackbone(
  name: string,
  tell: (line: string) => void,
  imSize?: number,
  kind: 'of another program' | 'any network' = 'of another program',
  inputScale?: 1 | 255,
): Promise<Backbone> {
  const path = backboneFile(name);
  if (path === name && (await stat(path).catch(() => undefined)) === undefined) {
    throw new FileError(name, `neither a file nor an included backbone (${backboneNames.join(', ')})`);
  }
  const bytes = await readBytes(path);
  const keras = isKerasFile(bytes) ? { type: 'half' as const, imSize, inputScale } : {};
  const found = await anyModelIn(bytes, path, { keras, foreign: { size: imSize }, tell });
  if (kind === 'any network' && !('imported' in found) && found.type === 'full') {
    throw new ModelKindError(path, 'half', 'full');
  }
  const model =
    'imported' in found || kind === 'of another program'
      ? found
      : await ownNetwork(found, createSession, basename(path));
  if (!('imported' in model)) {
    throw new FileError(
      path,
      `a ${model.type} model of this project's own network cannot be a backbone; --half-weight-dir continues from a half model`,
    );
  }
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  try {
    return { classifier: await atSize(model, imSize ?? model.imSize, createSession), digest };
  } catch (error) {
    throw FileError.from(path, error);
  }
}

/**
 * Whether the expansion of a full model is trained by transport: on request, and always on another program's
 * classifier. Errors in the file are left to its next reader.
 */
export async function takesTransport({ expansion, halfWeightDir = '' }: GivenOptions): Promise<boolean> {
  if (expansion === 'transport') return true;
  if (!/\.onnx$/i.test(halfWeightDir)) return false;
  try {
    return onnxKindOf(await readBytes(halfWeightDir), halfWeightDir) !== 'own';
  } catch {
    return false;
  }
}
