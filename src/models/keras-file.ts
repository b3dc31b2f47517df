/**
 * Keras' weight files, with HDF5 inside: those that `save_weights` and `save` write and `load_weights` reads.
 *
 * Keras 2 (`.h5`): the root, or the group `model_weights` of a saved model, lists the layers in the attribute
 * `layer_names`; each layer's group lists its weights in `weight_names`, and has a dataset for each, often at
 * a path such as `conv_aux/kernel:0`. Lists that are too long for one attribute are split over
 * `layer_names0`, `layer_names1` and so on. Keras 3 writes such files, too, by `save('x.h5')`.
 *
 * Keras 3 (`.weights.h5`, and `model.weights.h5` in the zip archive `.keras`): the weights of a layer are
 * `layers/LAYER/vars/0`, `1` and so on. LAYER is the layer's name or, in other versions, its class with a
 * number, such as `conv2d_3` for the fourth one. In the latter case the attribute `name` of `vars` may give
 * the name, or the archive's `config.json` lists the layers in order (`keras3-layers.ts`).
 */
import type { Group } from 'h5wasm';
import { isZip, zipNames } from '../tensor/zip.ts';
import { attempt, fileName, get, isGroup, isHdf5, load, names, text, withHdf5 } from './hdf5.ts';
import { openArchive, weightsName } from './keras-archive.ts';
import { type KerasConfig, parseKerasConfig } from './keras-config.ts';
import { type CheckWeight, type KerasLayer, listed, readWeight } from './keras-weight.ts';
import { containers, type NameLayers, readNumberedLayers } from './keras3-layers.ts';

export type { CheckWeight, KerasLayer, KerasWeight } from './keras-weight.ts';

/** Whether bytes are a Keras file: HDF5, or a zip archive with such a file. */
export function isKerasFile(bytes: Uint8Array): boolean {
  return isHdf5(bytes) || (isZip(bytes) && mayBeKeras(bytes));
}

/**
 * Whether a zip archive may be a Keras file. Those of other programs, such as PyTorch's, are not; errors of a
 * damaged one are left to the reader.
 */
function mayBeKeras(archive: Uint8Array): boolean {
  try {
    return zipNames(archive).includes(weightsName);
  } catch {
    return true;
  }
}

/**
 * The layers of a Keras file that have weights, in its order.
 * @param check called for each weight before its elements are read
 * @param network `nameLayers` names the layers and weights that Keras 3 numbers, default: by number;
 * `configured` is called with a saved model's configuration
 * @throws when the bytes are not such a file, are damaged, or a function that is called throws
 */
export async function readKerasFile(
  bytes: Uint8Array,
  check: CheckWeight,
  network: KerasNetwork = {},
): Promise<KerasLayer[]> {
  if (!isHdf5(bytes) && !isZip(bytes)) throw new Error('not a Keras file (no HDF5), or damaged');
  const { weights, config } = isZip(bytes) ? openArchive(bytes) : { weights: bytes };
  return withHdf5(weights, (root) => readLayers(root, check, network, config));
}

export interface KerasNetwork {
  readonly nameLayers?: NameLayers;
  readonly configured?: (config: KerasConfig) => void;
}

const byNumber: NameLayers = (layers) =>
  layers.map(({ name, weights }) => ({
    name,
    weights: Array.from({ length: weights }, (_, i) => String(i)),
  }));

function readLayers(
  file: Group,
  check: CheckWeight,
  { nameLayers = byNumber, configured }: KerasNetwork,
  configText = text(file, 'model_config'),
): KerasLayer[] {
  const config = configText === undefined ? { layers: [] } : parseKerasConfig(configText);
  configured?.(config);
  const root = names(file, 'layer_names', 'the root group')
    ? file
    : get(file, 'model_weights', 'the root group');
  const layers = isGroup(root) ? names(root, 'layer_names', 'the root group') : undefined;
  if (isGroup(root) && layers) return readNamedLayers(root, layers, check);
  const container = containers.map((name) => get(file, name, 'the root group')).find(isGroup);
  if (container) return readNumberedLayers(container, check, nameLayers, config.layers);
  const found = attempt('the root group', () => file.keys());
  throw new Error(
    `an HDF5 file, but not one of Keras' weights (no attribute 'layer_names'); it holds ${listed(found)}`,
  );
}

function readNamedLayers(root: Group, layers: readonly string[], check: CheckWeight): KerasLayer[] {
  const seen = new Set<string>();
  return layers.flatMap((name) => {
    const what = `the layer '${name}'`;
    if (seen.has(name)) throw new Error(`damaged: ${what} occurs twice`);
    seen.add(name);
    const group = get(root, name, what);
    if (!isGroup(group)) throw new Error(`damaged: ${what} has no group`);
    const paths = names(group, 'weight_names', what);
    if (!paths) throw new Error(`damaged: ${what} has no attribute 'weight_names'`);
    const weights = paths.map((path) => {
      const weight = (path.split('/').at(-1) as string).replace(/:\d+$/, '');
      return readWeight(group, path, name, weight, check);
    });
    return weights.length === 0 ? [] : [{ name, weights }];
  });
}

/** The bytes of a file that Keras 2 can load by name or in the order of its layers. */
export async function writeKerasFile(layers: readonly KerasLayer[]): Promise<Uint8Array> {
  const { File, FS } = await load();
  const path = fileName();
  const start = Date.now();
  try {
    // the format that every HDF5 library reads
    const file = new File(path, 'w', { libver: ['earliest', 'v110'] });
    try {
      putText(file, 'backend', 'tensorflow');
      // the version with this layout: Keras converts weights of some earlier ones
      putText(file, 'keras_version', '2.2.4');
      putText(
        file,
        'layer_names',
        layers.map(({ name }) => name),
      );
      for (const { name, weights } of layers) {
        const group = file.create_group(name);
        putText(
          group,
          'weight_names',
          weights.map((weight) => `${name}/${weight.name}:0`),
        );
        const inner = group.create_group(name);
        for (const { name: weight, shape, data } of weights) {
          inner.create_dataset({ name: `${weight}:0`, data, shape: [...shape], dtype: '<f' });
        }
      }
    } finally {
      file.close();
    }
    return withoutTimes(FS.readFile(path), start);
  } finally {
    if (FS.analyzePath(path).exists) FS.unlink(path);
  }
}

/**
 * A file with the creation times of its datasets, which the library always writes, set to zero: the same
 * weights then give the same bytes. The time is in an object header's message of type 18, 8 bytes long, with
 * flags; its content is version 1 and the time in seconds.
 */
function withoutTimes(bytes: Uint8Array, start: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [from, to] = [Math.floor(start / 1000) - 1, Math.ceil(Date.now() / 1000) + 1];
  for (let at = 0; at + 16 <= bytes.length; at += 8) {
    const time = view.getUint32(at + 12, true);
    const isTime =
      view.getUint32(at, true) === 0x80012 &&
      view.getUint32(at + 4, true) <= 0xff &&
      view.getUint32(at + 8, true) === 1;
    if (isTime && time >= from && time <= to) view.setUint32(at + 12, 0, true);
  }
  return bytes;
}

/** Text of a fixed length, as Keras writes it from bytes through h5py. */
function putText(group: Group, attribute: string, value: string | string[]): void {
  const longest = Math.max(...[value].flat().map((one) => one.length));
  group.create_attribute(attribute, value, Array.isArray(value) ? [value.length] : [], `A${longest}`);
}
