/** Imports a classifier of another program in the worker. Loaded when the first such file is opened. */
import { type Imported, type ImportReport, importClassifier } from '../../classifier/import-classifier.ts';
import { importLines } from '../../classifier/import-lines.ts';
import type { ImportedClassifier } from '../../classifier/imported-classifier.ts';
import {
  describePreprocessing,
  namedPreprocessing,
  nameOfPreprocessing,
} from '../../classifier/preprocessing.ts';
import type { CreateSession } from '../../runtime/session.ts';
import type { Picture } from '../../tensor/tensor.ts';
import type { ImportedFacts, ImportTold } from './imported-facts.ts';

/** A classifier's file, what is told of it, and pictures to guess and to check with. */
export interface ForeignFile {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly told: ImportTold;
  readonly pictures: readonly Picture[];
}

/** @throws `FileError` as `importClassifier` does, and where weights lie in a file beside it */
export async function importHere(
  { bytes, name, told, pictures }: ForeignFile,
  createSession: CreateSession,
): Promise<{ model: ImportedClassifier; imported: ImportedFacts }> {
  const imported = await importClassifier(bytes, createSession, {
    name,
    pictures,
    classes: told.classes?.names,
    preprocessing: told.preprocessing === undefined ? undefined : namedPreprocessing[told.preprocessing],
    readBeside: async (location) => {
      throw new Error(
        `its weights are in another file, '${location}', and this page takes one file by itself; hrm import ${name} --out OUT.onnx makes one of both`,
      );
    },
  });
  return { model: imported.classifier, imported: importedHere(imported) };
}

/** What the page says of it. */
export function importedHere(imported: Imported): ImportedFacts {
  const { classifier, report } = imported;
  const { source, head, preprocessing } = classifier.imported;
  return {
    source,
    head,
    lines: importLines(imported),
    here: {
      assumed: assumptions(report, classifier),
      preprocessing: report.preprocessingFrom === 'told' ? undefined : nameOfPreprocessing(preprocessing),
      choices: Object.entries(namedPreprocessing)
        .filter(([, { mean, bgr }]) => classifier.channels === 3 || (mean.length === 1 && !bgr))
        .map(([one, rule]) => ({ name: one, text: `${one}: ${describePreprocessing(rule)}` })),
    },
  };
}

/** In words, a few each. */
function assumptions(
  { preprocessingFrom, classesFrom, sizeFrom }: ImportReport,
  { imported, imSize }: ImportedClassifier,
): string[] {
  const name = nameOfPreprocessing(imported.preprocessing);
  return [
    ...(typeof preprocessingFrom === 'object' ? [`preprocessing guessed (${name})`] : []),
    ...(classesFrom === 'imagenet' ? ["class names assumed (ImageNet's)"] : []),
    ...(classesFrom === 'numbers' ? ['class names unknown'] : []),
    ...(sizeFrom === 'assumed' ? [`size assumed (${imSize} pixels)`] : []),
  ];
}
