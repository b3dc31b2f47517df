/** The classifier whose body a head is taught on. */
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
  /** Of the file's bytes, in short. */
  readonly digest: string;
}

/**
 * Reads a backbone: one that comes along, a file that `import` wrote, or one that it takes.
 * @param tell told what an import assumed, line by line
 * @param imSize the size at which it is to look; default its own
 * @param kind 'any network': a half model of this project's own, too, as if it were imported
 * @param inputScale of such in a Keras file
 * @throws when it is none
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
    throw new FileError(name, `neither a file nor a backbone that comes along (${backboneNames.join(', ')})`);
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
      `a ${model.type} model of this project's own network is no backbone; --half-weight-dir goes on from a half model`,
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
 * Whether the expansion of a full model is by transport: where that is asked for, and on a classifier of
 * another program. What is wrong about the file is said by whoever reads it next.
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
