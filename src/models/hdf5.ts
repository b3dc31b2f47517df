/** HDF5 files in memory, read by the HDF5 library as WebAssembly, and the treatment of damaged ones. */
import type { Dataset, Entity, Group } from 'h5wasm';
import { bfloatToFloat, halfToFloat } from '../tensor/half-float.ts';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export function isHdf5(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

type Library = Pick<typeof import('h5wasm'), 'File'> & { readonly FS: FS.FileSystemType };

let loading: Promise<Library> | undefined;

/**
 * The library, loaded on first use, since its start takes a tenth of a second. Its files are in memory; it
 * cannot access the disk.
 */
export function load(): Promise<Library> {
  loading ??= import('h5wasm').then(async (library) => {
    await library.ready;
    const { File } = library;
    const FS = library.FS as FS.FileSystemType & { readonly streams: FS.FSStream[] };
    // Discards its diagnostics, which fill pages for a damaged file.
    FS.close(FS.streams[2]);
    FS.open('/dev/null', 'w');
    return { File, FS };
  });
  return loading;
}

let files = 0;

/** A new name for a file in the library's memory. */
export function fileName(): string {
  return `/tmp/${files++}.h5`;
}

/**
 * Calls `work` with a file's root group.
 * @throws when the file cannot be opened, or `work` throws
 */
export async function withHdf5<T>(bytes: Uint8Array, work: (root: Group) => T): Promise<T> {
  const { File, FS } = await load();
  const path = fileName();
  FS.writeFile(path, bytes);
  try {
    const file = attempt('it', () => new File(path, 'r'));
    if (file.file_id < 0) throw new Error('damaged or cut short: the file cannot be opened');
    try {
      return work(file);
    } finally {
      file.close();
    }
  } finally {
    FS.unlink(path);
  }
}

/** Limit in bytes on a list of names; Keras splits lists at 64 KB. */
const longestList = 1 << 20;

/** The list of names in an attribute, or in several numbered ones; undefined if there is none. */
export function names(group: Group, attribute: string, what: string): string[] | undefined {
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
  if (shape?.[0] === 0) return []; // the empty list of a layer without weights has the type float
  if (metadata.size * metadata.total_size > longestList) {
    throw new Error(`damaged: ${what}: '${attribute}' is too long`);
  }
  const value = attempt(what, () => group.get_attribute(attribute, false));
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
    throw new Error(`damaged: ${what}: '${attribute}' is not a list of names`);
  }
  return value as string[];
}

/** The text in an attribute; undefined if there is none. */
export function text(group: Group | Dataset, attribute: string): string | undefined {
  const what = `the attribute '${attribute}'`;
  const value = attempt(what, () =>
    attribute in group.attrs ? group.get_attribute(attribute, false) : undefined,
  );
  return typeof value === 'string' ? value : undefined;
}

export function get(group: Group, path: string, what: string): Entity | null {
  return attempt(what, () => group.get(path));
}

export function isGroup(entity: Entity | null): entity is Group {
  return entity !== null && 'type' in entity && entity.type === 'Group';
}

export function isDataset(entity: Entity | null): entity is Dataset {
  return entity !== null && 'type' in entity && entity.type === 'Dataset';
}

/**
 * Runs work in which the library may fail, with an error of its own or a memory fault.
 * @throws `damaged: WHAT cannot be read`
 */
export function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`damaged: ${what} cannot be read`, { cause: error });
  }
}

/**
 * A function that reads a dataset's elements as float32; undefined if they are not floats of 16 to 64 bits.
 */
export function readerFor(dataset: Dataset): (() => Float32Array | undefined) | undefined {
  const { dtype } = dataset;
  if (dtype === '<f' || dtype === '>f' || dtype === '<d' || dtype === '>d') {
    return () => {
      const { value } = dataset;
      if (value instanceof Float32Array) return value;
      return value instanceof Float64Array ? Float32Array.from(value) : undefined;
    };
  }
  if (dtype === '<e') return () => halfToFloat(bitsOf(dataset));
  const isBfloat = text(dataset, 'dtype') === 'bfloat16';
  return isBfloat && dataset.metadata.size === 2 ? () => bfloatToFloat(bitsOf(dataset)) : undefined;
}

/** HDF5's class of opaque elements. */
const opaque = 5;

/**
 * The bits of 16-bit elements. The library cannot read them as floats; declared as opaque, it returns their
 * bytes.
 */
function bitsOf(dataset: Dataset): Uint16Array {
  Object.assign(dataset.metadata, { type: opaque });
  const { value } = dataset;
  if (!(value instanceof Uint8Array)) throw new Error('no bytes');
  return new Uint16Array(new Uint8Array(value).buffer);
}
