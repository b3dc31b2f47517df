/** Imports a classifier of another program in the worker. Loaded when the first such file is opened. */

import { type Imported, type ImportReport, importClassifier } from '../../classifier/import-classifier.ts';
import { importLines } from '../../classifier/import-lines.ts';
import type { ImportedClassifier } from '../../classifier/imported-classifier.ts';
import {
  describePreprocessing,
  namedPreprocessing,
  nameOfPreprocessing,
} from '../../classifier/preprocessing.ts';
import { readClasses } from '../../classifier/read-classes.ts';
import { sidecars, toldByMetadata } from '../../classifier/read-told.ts';
import { mergeTold, type Told } from '../../classifier/told.ts';
import { parseJson } from '../../errors/parse-json.ts';
import { readMetadata } from '../../graph/onnx/proto.ts';
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

/** @throws as `importClassifier` does, where a file beside it is not as it should be, and where one with weights is missing */
export async function importHere(
  { bytes, name, told, pictures }: ForeignFile,
  createSession: CreateSession,
): Promise<{ model: ImportedClassifier; imported: ImportedFacts }> {
  const { preprocessing, classes, beside = [] } = told;
  const imported = await importClassifier(bytes, createSession, {
    name,
    pictures,
    classes: classes && readClasses(await classes.text(), classes.name),
    preprocessing: preprocessing === undefined ? undefined : namedPreprocessing[preprocessing],
    told: mergeTold([...(await readSidecars(beside)), toldByMetadata(readMetadata(bytes, name), name)]),
    readBeside: async (location) => {
      const file = beside.find((one) => one.name === location.slice(location.lastIndexOf('/') + 1));
      if (file) return new Uint8Array(await file.arrayBuffer());
      throw new Error(
        `it has weights in another file, '${location}', and a page cannot look for that: drop both together`,
      );
    },
  });
  return { model: imported.classifier, imported: importedHere(imported) };
}

async function readSidecars(beside: readonly File[]): Promise<Told[]> {
  const told: Told[] = [];
  for (const [name, read] of Object.entries(sidecars)) {
    const file = beside.find((one) => one.name === name);
    if (file) told.push(read(parseJson(await file.text(), name), name));
  }
  return told;
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
      preprocessing: report.preprocessingFrom === 'told' ? undefined : nameOfPreprocessing(preprocessing),
      choices: Object.entries(namedPreprocessing)
        .filter(([, { mean, bgr }]) => classifier.channels === 3 || (mean.length === 1 && !bgr))
        .map(([name, rule]) => ({ name, text: `${name}: ${describePreprocessing(rule)}` })),
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
