/**
 * Weight files of Keras 2, HDF5 inside: what its `save_weights` writes and its `load_weights` reads. The root, or the group
 * `model_weights` of a whole saved model, names the layers in the attribute `layer_names`; each layer's group names its weights in
 * `weight_names`, and holds a dataset for each, often at a path such as `conv_aux/kernel:0`. Lists too long for one attribute are
 * split over `layer_names0`, `layer_names1` and so on.
 */
import type { Dataset, Entity, Group } from 'h5wasm';

/** A weight as Keras lays it out. */
export interface KerasWeight {
  /** Without path and number: `kernel` for `conv_aux/kernel:0`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface KerasLayer {
  readonly name: string;
  readonly weights: readonly KerasWeight[];
}

/** Told of each weight before its elements are read; throws when it is not wanted so. */
export type CheckWeight = (layer: string, weight: string, shape: readonly number[]) => void;

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether bytes begin as an HDF5 file does. */
export function isKerasFile(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

type Library = Pick<typeof import('h5wasm'), 'File'> & { readonly FS: FS.FileSystemType };

let loading: Promise<Library> | undefined;

/** The library, loaded when it is first needed: its start takes a tenth of a second. Its files are in memory, none on the disk. */
function load(): Promise<Library> {
  loading ??= import('h5wasm').then(async (library) => {
    await library.ready;
    const { File } = library;
    const FS = library.FS as FS.FileSystemType & { readonly streams: FS.FSStream[] };
    // Its diagnostics go to the standard error, pages of them for a damaged file.
    FS.close(FS.streams[2]);
    FS.open('/dev/null', 'w');
    return { File, FS };
  });
  return loading;
}

let files = 0;

/** Bytes of a list of names; Keras splits lists at 64 KB. */
const longestList = 1 << 20;

/**
 * The layers of a Keras file that have weights, in its order.
 * @param check called for each weight before its elements are read
 * @throws when the bytes are no such file, a damaged one, or `check` throws
 */
export async function readKerasFile(bytes: Uint8Array, check: CheckWeight): Promise<KerasLayer[]> {
  if (!isKerasFile(bytes)) throw new Error('not a Keras file (no HDF5), or damaged');
  const { File, FS } = await load();
  const path = `/tmp/${files++}.h5`;
  FS.writeFile(path, bytes);
  try {
    const file = attempt('it', () => new File(path, 'r'));
    if (file.file_id < 0) throw new Error('damaged or cut off: the file cannot be opened');
    try {
      return readLayers(file, check);
    } finally {
      file.close();
    }
  } finally {
    FS.unlink(path);
  }
}

function readLayers(file: Group, check: CheckWeight): KerasLayer[] {
  const root = names(file, 'layer_names', 'the root group')
    ? file
    : get(file, 'model_weights', 'the root group');
  const layers = isGroup(root) ? names(root, 'layer_names', 'the root group') : undefined;
  if (!isGroup(root) || !layers) {
    throw new Error("an HDF5 file, but not one of Keras' weights (no attribute 'layer_names')");
  }
  const seen = new Set<string>();
  return layers.flatMap((name) => {
    const what = `the layer '${name}'`;
    if (seen.has(name)) throw new Error(`damaged: ${what} is there twice`);
    seen.add(name);
    const group = get(root, name, what);
    if (!isGroup(group)) throw new Error(`damaged: ${what} has no group`);
    const paths = names(group, 'weight_names', what);
    if (!paths) throw new Error(`damaged: ${what} has no attribute 'weight_names'`);
    const weights = paths.map((path) => readWeight(group, name, path, check));
    return weights.length === 0 ? [] : [{ name, weights }];
  });
}

function readWeight(group: Group, layer: string, path: string, check: CheckWeight): KerasWeight {
  const name = (path.split('/').at(-1) as string).replace(/:\d+$/, '');
  const what = `the weight '${layer}/${name}'`;
  const dataset = get(group, path, what);
  if (!isDataset(dataset)) throw new Error(`damaged: ${what} is missing`);
  const { shape, dtype } = attempt(what, () => ({ shape: dataset.shape, dtype: dataset.dtype }));
  if (typeof dtype !== 'string' || !/^[<>][fd]$/.test(dtype)) {
    throw new Error(`${what} should be float32, the file has ${JSON.stringify(dtype)}`);
  }
  if (!shape) throw new Error(`damaged: ${what} has no shape`);
  check(layer, name, shape);
  const data = attempt(what, () => dataset.value);
  const size = shape.reduce((product, length) => product * length, 1);
  if (!(data instanceof Float32Array || data instanceof Float64Array) || data.length !== size) {
    throw new Error(`damaged: ${what} cannot be read`);
  }
  return { name, shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** A list of names that an attribute holds, or several with a number behind it; undefined where there is none. */
function names(group: Group, attribute: string, what: string): string[] | undefined {
  const attributes = attempt(what, () => Object.keys(group.attrs));
  if (attributes.includes(attribute)) return list(group, attribute, what);
  if (!attributes.includes(`${attribute}0`)) return undefined;
  const parts: string[] = [];
  for (let i = 0; attributes.includes(`${attribute}${i}`); i++) {
    parts.push(...list(group, `${attribute}${i}`, what));
  }
  return parts;
}

function list(group: Group, attribute: string, what: string): string[] {
  const { shape, metadata } = attempt(what, () => group.attrs[attribute]);
  if (shape?.[0] === 0) return []; // of a layer without weights, as numbers
  if (metadata.size * metadata.total_size > longestList) {
    throw new Error(`damaged: ${what}: '${attribute}' is too long`);
  }
  const value = attempt(what, () => group.get_attribute(attribute, false));
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
    throw new Error(`damaged: ${what}: '${attribute}' is no list of names`);
  }
  return value as string[];
}

function get(group: Group, path: string, what: string): Entity | null {
  return attempt(what, () => group.get(path));
}

function isGroup(entity: Entity | null): entity is Group {
  return entity !== null && 'type' in entity && entity.type === 'Group';
}

function isDataset(entity: Entity | null): entity is Dataset {
  return entity !== null && 'type' in entity && entity.type === 'Dataset';
}

/** Does what the library may stumble over, in its own words or by a fault of its memory. @throws `damaged: WHAT cannot be read` */
function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`damaged: ${what} cannot be read`, { cause: error });
  }
}

/** The bytes of a file that Keras 2 loads, by name or in the order of its layers. */
export async function writeKerasFile(layers: readonly KerasLayer[]): Promise<Uint8Array> {
  const { File, FS } = await load();
  const path = `/tmp/${files++}.h5`;
  const start = Date.now();
  try {
    const file = new File(path, 'w', { libver: ['earliest', 'v110'] }); // the format that every HDF5 reads
    try {
      text(file, 'backend', 'tensorflow');
      text(file, 'keras_version', '2.2.4'); // of the time of the layout: Keras changes weights of some earlier ones
      text(
        file,
        'layer_names',
        layers.map(({ name }) => name),
      );
      for (const { name, weights } of layers) {
        const group = file.create_group(name);
        text(
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
 * A file without the times at which its datasets were made, which the library always writes: the same weights give the same bytes.
 * The message of an object's header is type 18, 8 bytes long, with flags; its content version 1 and the time in seconds.
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

/** Text of a fixed length, as Keras wrote it when h5py gave it bytes. */
function text(group: Group, attribute: string, value: string | string[]): void {
  const longest = Math.max(...[value].flat().map((one) => one.length));
  group.create_attribute(attribute, value, Array.isArray(value) ? [value.length] : [], `A${longest}`);
}
