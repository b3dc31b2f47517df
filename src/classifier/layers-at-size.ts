/** The layers of a classifier for pictures of another size than its own. */
import type { CreateSession } from '../runtime/session.ts';
import { tensor } from '../tensor/tensor.ts';
import { type ClassifierLayer, layerNamed } from './facts.ts';
import type { ImportedClassifier } from './imported-classifier.ts';
import { readValues } from './values.ts';

/** A layer by its name. */
export type LayersAt = (name: string) => ClassifierLayer;

/**
 * Some of the layers, with their shapes at an accepted picture size.
 * @throws when the classifier fails at it
 */
export async function layersAtSize(
  {
    imported,
    imSize,
    channels,
    model,
  }: Pick<ImportedClassifier, 'imported' | 'imSize' | 'channels' | 'model'>,
  names: readonly string[],
  size: number,
  createSession: CreateSession,
): Promise<LayersAt> {
  const find: LayersAt = (name) => layerNamed(imported, name);
  if (size === imSize) return find;
  const image = tensor('float32', [1, size, size, channels]);
  const values = await readValues(model, { image }, names, createSession);
  // A classifier that accepts any size has no tokens.
  return (name) => {
    const layer = find(name);
    const { shape } = values[name];
    const [height, width] = layer.form === 'NCHW' ? shape.slice(2) : shape.slice(1, 3);
    return { ...layer, height, width };
  };
}
