import { fitWords } from '../../classifier/fact-words.ts';
import type { ImportedClassifier } from '../../classifier/imported-classifier.ts';
import { describePreprocessing } from '../../classifier/preprocessing.ts';
import type { ImportedFacts } from './imported-facts.ts';

/** The facts of a classifier from a file of `hrm import`. */
export function importedFile({ imported, imSize }: ImportedClassifier): ImportedFacts {
  const { source, head, preprocessing, fit, sizes, layers } = imported;
  const rows: Readonly<Record<string, string>> = {
    size: `${imSize} x ${imSize}${sizes === 'any' ? '; other sizes are possible' : ' only'}`,
    preprocessing: describePreprocessing(preprocessing),
    fit: fitWords(fit),
    head: head === 'linear' ? 'linear: its own map is the exact CAM' : 'other: its own map is HiResCAM',
    'target layer': layers.target,
  };
  return {
    source,
    head,
    lines: Object.entries(rows).map(([key, value]) => `${key}:`.padEnd(15) + value),
  };
}
