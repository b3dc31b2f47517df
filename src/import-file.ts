import { basename } from 'node:path';
import { type Imported, importClassifier } from './classifier/import-classifier.ts';
import { namedPreprocessing } from './classifier/preprocessing.ts';
import { readBytes } from './data/files/read-file.ts';
import { readPicture } from './data/picture/decode.ts';
import { createSession } from './runtime/node.ts';

export interface ImportFileOptions {
  readonly classes?: string;
  readonly preprocess?: string;
  readonly size?: number;
  readonly fit?: 'squash' | 'crop';
  readonly layer?: string;
  readonly pictures?: readonly string[];
}

export async function importFile(path: string, options: ImportFileOptions): Promise<Imported> {
  const pictures = await Promise.all((options.pictures ?? []).slice(0, 4).map((p) => readPicture(p)));
  const { size, fit, layer } = options;
  return importClassifier(await readBytes(path), createSession, {
    name: basename(path),
    size,
    fit,
    layer,
    pictures,
    preprocessing: options.preprocess === undefined ? undefined : namedPreprocessing[options.preprocess],
  });
}
