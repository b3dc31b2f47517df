import type { ImportedClassifier } from '../../classifier/imported-classifier.ts';
import { describePreprocessing } from '../../classifier/preprocessing.ts';
import type { ImportedFacts } from './imported-facts.ts';

/** What the page says of a classifier from a file of `hrm import`. */
export function importedFile({ imported, imSize }: ImportedClassifier): ImportedFacts {
  const { source, head, preprocessing, sizes, layers } = imported;
  return {
    source,
    head,
    lines: [
      head === 'linear'
        ? 'head: linear in the means of feature maps; its own map is the exact CAM'
        : `head: not linear; its own map is HiResCAM at ${layers.target}`,
      `preprocessing: ${describePreprocessing(preprocessing)}`,
      `size: ${imSize} x ${imSize} pixels${sizes === 'fixed' ? ' alone' : ', or any other'}`,
    ],
  };
}
