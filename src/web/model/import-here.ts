/** Imports a classifier of another program in the worker. Loaded with the first such file. */

import { type Declared, mergeDeclared } from '../../classifier/declared.ts';
import { type Imported, type ImportReport, importClassifier } from '../../classifier/import-classifier.ts';
import { importLines } from '../../classifier/import-lines.ts';
import type { ImportedClassifier } from '../../classifier/imported-classifier.ts';
import {
  describePreprocessing,
  namedPreprocessing,
  nameOfPreprocessing,
} from '../../classifier/preprocessing.ts';
import { readClasses } from '../../classifier/read-classes.ts';
import { declaredByMetadata, sidecars } from '../../classifier/read-declared.ts';
import { parseJson } from '../../errors/parse-json.ts';
import { readMetadata } from '../../graph/onnx/proto.ts';
import type { CreateSession } from '../../runtime/session.ts';
import type { Picture } from '../../tensor/tensor.ts';
import type { ImportDeclared, ImportedFacts } from './imported-facts.ts';

/** A classifier's file, what the user declares about it, and pictures to guess and to check with. */
export interface ForeignFile {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly declared: ImportDeclared;
  readonly pictures: readonly Picture[];
}

/** @throws as `importClassifier` does, if a file beside it is invalid, and if one with weights is missing */
export async function importHere(
  { bytes, name, declared, pictures }: ForeignFile,
  createSession: CreateSession,
): Promise<{ model: ImportedClassifier; imported: ImportedFacts }> {
  const { preprocessing, classes, beside = [] } = declared;
  const imported = await importClassifier(bytes, createSession, {
    name,
    pictures,
    classes: classes && readClasses(await classes.text(), classes.name),
    preprocessing: preprocessing === undefined ? undefined : namedPreprocessing[preprocessing],
    declared: mergeDeclared([
      ...(await readSidecars(beside)),
      declaredByMetadata(readMetadata(bytes, name), name),
    ]),
    readBeside: async (location) => {
      const file = beside.find((one) => one.name === location.slice(location.lastIndexOf('/') + 1));
      if (file) return new Uint8Array(await file.arrayBuffer());
      throw new Error(
        `its weights are in another file, '${location}', which a page cannot open by itself: drop both files together`,
      );
    },
  });
  return { model: imported.classifier, imported: importedHere(imported) };
}

async function readSidecars(beside: readonly File[]): Promise<Declared[]> {
  const declared: Declared[] = [];
  for (const [name, read] of Object.entries(sidecars)) {
    const file = beside.find((one) => one.name === name);
    if (file) declared.push(read(parseJson(await file.text(), name), name));
  }
  return declared;
}

function importedHere(imported: Imported): ImportedFacts {
  const { classifier, report } = imported;
  const { source, head, preprocessing } = classifier.imported;
  return {
    source,
    head,
    lines: importLines(imported),
    here: {
      assumed: assumptions(report, classifier),
      preprocessing: report.preprocessingFrom === 'declared' ? undefined : nameOfPreprocessing(preprocessing),
      choices: Object.entries(namedPreprocessing)
        .filter(([, { mean, bgr }]) => classifier.channels === 3 || (mean.length === 1 && !bgr))
        .map(([name, rule]) => ({ name, text: `${name}: ${describePreprocessing(rule)}` })),
    },
  };
}

/** What was assumed, in a few words each. */
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
