/** The classifier whose body a head is taught on. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ImportedClassifier, onnxKindOf } from '../../classifier/imported-classifier.ts';
import { ownNetwork } from '../../classifier/own-network.ts';
import { atSize } from '../../classifier/taught-head.ts';
import { readBytes } from '../../data/files/read-file.ts';
import { FileError } from '../../errors/file-error.ts';
import { anyModelIn } from '../../load-model.ts';
import { createSession } from '../../runtime/node.ts';
import { backboneFile, backboneNames } from '../models-along.ts';

export interface Backbone {
  readonly classifier: ImportedClassifier;
  /** Of the file's bytes, in short. */
  readonly digest: string;
}

/**
 * Reads a backbone: one that comes along, a file that `import` wrote, or one that it takes.
 * @param tell told what an import assumed, line by line
 * @param imSize the size at which it is to look; default its own
 * @param kind 'any network': this project's own, too, as if it were imported
 * @throws when it is none
 */
export async function readBackbone(
  name: string,
  tell: (line: string) => void,
  imSize?: number,
  kind: 'of another program' | 'any network' = 'of another program',
): Promise<Backbone> {
  const path = backboneFile(name);
  if (path === name && (await stat(path).catch(() => undefined)) === undefined) {
    throw new FileError(name, `neither a file nor a backbone that comes along (${backboneNames.join(', ')})`);
  }
  const bytes = await readBytes(path);
  const found = await anyModelIn(bytes, path, { foreign: { size: imSize }, tell });
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

/** Whether a file is a classifier of another program, imported or not. @throws when it cannot be read */
export async function isClassifierOfOthers(file: string): Promise<boolean> {
  if (!/\.onnx$/i.test(file)) return false;
  return onnxKindOf(await readBytes(file), file) !== 'own';
}
