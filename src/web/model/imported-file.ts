import type { ImportedClassifier } from '../../classifier/imported-classifier.ts';
import { describePreprocessing } from '../../classifier/preprocessing.ts';
import { percent } from '../../text/percent.ts';
import type { ImportedFacts } from './imported-facts.ts';

/** The facts of a classifier from a file of `hrm import`. */
export function importedFile({ imported, imSize }: ImportedClassifier): ImportedFacts {
  const { source, head, preprocessing, fit, sizes, layers } = imported;
  const rows: Readonly<Record<string, string>> = {
    size: `${imSize} x ${imSize}${sizes === 'any' ? '; others may be asked for' : ', and no other'}`,
    preprocessing: describePreprocessing(preprocessing),
    fit:
      fit === 'squash'
        ? 'squash: the whole picture, without its proportions'
        : `crop: the square in the middle, ${percent(fit.crop)} of the shorter side`,
    head: head === 'linear' ? 'linear: its own map is the exact CAM' : 'other: its own map is HiResCAM',
    'target layer': layers.target,
  };
  return {
    source,
    head,
    lines: Object.entries(rows).map(([key, value]) => `${key}:`.padEnd(15) + value),
  };
}
