/** A classifier for pictures of another size than its own. */
import { checkSize } from '../models/network.ts';
import type { CreateSession } from '../runtime/session.ts';
import { type ImportedClassifier, sizeRuleOf } from './imported-classifier.ts';
import { layersAtSize } from './layers-at-size.ts';

/**
 * The classifier with another input size.
 * @throws when it does not accept pictures of this size, or fails at it
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
