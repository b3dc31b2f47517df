/**
 * The configuration of a saved model: `config.json` of a .keras file, the attribute `model_config` of a .h5
 * file.
 */

export interface KerasConfig {
  readonly layers: readonly ConfiguredLayer[];
  /** Height and width of the input, if they are fixed. */
  readonly inputSize?: readonly [number, number];
}

/** A layer in the configuration. */
export interface ConfiguredLayer {
  /** Its class, such as `Conv2D`. */
  readonly kind: string;
  readonly name: string;
}

/** @throws when it is not JSON; JSON of an unknown form gives an empty result */
export function parseKerasConfig(text: string): KerasConfig {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    throw new Error("damaged: the model's configuration is not JSON", { cause: error });
  }
  // Keras 2.0 had a list of layers in its place
  const list = field(field(root, 'config'), 'layers') ?? field(root, 'config');
  const found = Array.isArray(list) ? list : [];
  const layers = found.flatMap((layer) => {
    const [kind, name] = [field(layer, 'class_name'), field(field(layer, 'config'), 'name')];
    return typeof kind === 'string' && typeof name === 'string' ? [{ kind, name }] : [];
  });
  const input = field(found[0], 'config');
  const shape = field(input, 'batch_shape') ?? field(input, 'batch_input_shape');
  const [, height, width] = Array.isArray(shape) && shape.length === 4 ? shape : [];
  const isFixed = Number.isInteger(height) && Number.isInteger(width);
  return { layers, inputSize: isFixed ? [height, width] : undefined };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/**
 * A class name as in Keras 3's groups: `batch_normalization` for `BatchNormalization`, `conv2d` for `Conv2D`.
 */
export function snakeClass(kind: string): string {
  return kind
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
