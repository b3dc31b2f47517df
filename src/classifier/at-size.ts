/** A classifier that looks at pictures of another size than its own. */
import { checkSize } from '../models/network.ts';
import type { CreateSession } from '../runtime/session.ts';
import { type ImportedClassifier, sizeRuleOf } from './imported-classifier.ts';
import { layersAtSize } from './layers-at-size.ts';

/**
 * The classifier as one that looks at another size. @throws when it takes no pictures of this size, or fails
 * at it
 */
export async function atSize(
  classifier: ImportedClassifier,
  size: number,
  createSession: CreateSession,
): Promise<ImportedClassifier> {
  const { imported, imSize } = classifier;
  if (size === imSize) return classifier;
  checkSize(sizeRuleOf(classifier), size);
  const names = imported.layers.all.map(({ name }) => name);
  const layersAt = await layersAtSize(classifier, names, size, createSession);
  const layers = { ...imported.layers, all: names.map(layersAt) };
  return { ...classifier, imSize: size, imported: { ...imported, layers } };
}
