/** Reads pictures from Parquet files in the format of Hugging Face's image data sets. */
import { open, stat } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { z } from 'zod';
import { FileError, reasonOf } from '../../errors/file-error.ts';
import { explained } from '../files/read-file.ts';
import type { SaidTruth } from '../ground-truth/raw-truth.ts';
import type { Container, Placed } from './container.ts';
import { saidObjects } from './said-boxes.ts';

/** Codecs other than Snappy, which the Parquet library includes. */
const compressors: Compressors = {
  GZIP: (bytes) => gunzipSync(bytes),
  BROTLI: (bytes) => brotliDecompressSync(bytes),
};

/** The columns that are read. */
interface Columns {
  /** A struct with `bytes` and `path`, or bytes. */
  readonly image: string;
  readonly label?: string;
  /** Class names by index, for numeric labels. */
  readonly names?: readonly string[] | 'not understood';
  /** A struct with `bytes`, or bytes. */
  readonly mask?: string;
  readonly objects?: string;
}

/**
 * Opens a Parquet file. The picture column is the first with a field `bytes`, else a column of bytes named
 * `image` or `img`. The class is in the column `label`; the file's `huggingface` metadata has the names of
 * numeric labels. With truth, masks are in the column `mask` and boxes in `objects`. One row group is in
 * memory at a time.
 * @throws `FileError` when there is no such file, it is not a Parquet file, or it has no picture column
 */
export async function parquetContainer(path: string): Promise<Container> {
  const { size: bytes } = await stat(path).catch((error) => {
    throw explained(path, error);
  });
  let metadata: FileMetaData;
  try {
    metadata = await withFile(path, bytes, (file) => parquetMetadataAsync(file));
  } catch (error) {
    throw new FileError(path, `not a Parquet file, or damaged: ${reasonOf(error)}`, { cause: error });
  }
  const columns = columnsOf(path, metadata);
  const odd =
    columns.names === 'not understood'
      ? "the class names in its metadata cannot be read: numbers in the column 'label' stay numbers"
      : undefined;
  return {
    kind: 'parquet',
    path,
    size: Number(metadata.num_rows),
    mark: `${bytes} bytes`,
    read: (at, onNote, withTruth = false) => {
      if (odd !== undefined && at === 0) onNote(`${path}: ${odd}`);
      const wanted = withTruth ? columns : { ...columns, mask: undefined, objects: undefined };
      return readRows(path, bytes, metadata, wanted, at);
    },
  };
}

async function withFile<T>(path: string, size: number, work: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  const handle = await open(path);
  try {
    return await work({
      byteLength: size,
      slice: async (start, end = size) => {
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        if (bytesRead < bytes.length) throw new Error('it is shorter than its metadata say');
        return bytes.buffer;
      },
    });
  } finally {
    await handle.close();
  }
}

function columnsOf(path: string, metadata: FileMetaData): Columns {
  const { children } = parquetSchema(metadata);
  const names = children.map(({ element }) => element.name);
  const named = (wanted: string): string | undefined => names.find((name) => name === wanted);
  const mask = named('mask');
  const image =
    children.find(
      (column) =>
        column.element.name !== mask && column.children.some(({ element }) => element.name === 'bytes'),
    ) ?? children.find(({ element }) => element.type === 'BYTE_ARRAY' && /^(image|img)$/.test(element.name));
  if (image === undefined) {
    const needed = "a column with the field 'bytes', or one of bytes called 'image', is needed";
    throw new FileError(path, `${needed}, got ${names.join(', ')}`);
  }
  const label = children.find(
    ({ element, children: inside }) => element.name === 'label' && inside.length === 0,
  )?.element.name;
  const truth = { mask, objects: named('objects') };
  return {
    image: image.element.name,
    label,
    names: label === undefined ? undefined : classNames(metadata, label),
    ...truth,
  };
}

const features = z.object({
  info: z.object({
    features: z.record(z.string(), z.looseObject({ names: z.array(z.string()).optional() })),
  }),
});

function classNames({ key_value_metadata: pairs = [] }: FileMetaData, label: string): Columns['names'] {
  const text = pairs.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return undefined;
  try {
    return features.parse(JSON.parse(text)).info.features[label]?.names;
  } catch {
    return 'not understood';
  }
}

async function* readRows(
  path: string,
  bytes: number,
  metadata: FileMetaData,
  { image, label, names, mask, objects }: Columns,
  at: number,
): AsyncGenerator<Placed> {
  let first = 0;
  for (const group of metadata.row_groups) {
    const [rowStart, rowEnd] = [Math.max(at, first), first + Number(group.num_rows)];
    first = rowEnd;
    if (rowStart >= rowEnd) continue;
    const columns = [image, label, mask, objects].filter((name) => name !== undefined);
    let rows: Record<string, unknown>[] | string;
    try {
      rows = await withFile(path, bytes, (file) =>
        parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, compressors, utf8: false }),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall !== undefined) throw explained(path, error);
      rows = `its row group, rows ${rowStart} to ${rowEnd - 1}, cannot be read: ${reasonOf(error)}`;
    }
    for (let row = rowStart; row < rowEnd; row++) {
      const key = `${path}:${row}`;
      const next = row + 1;
      if (typeof rows === 'string') {
        yield { picture: { key, from: path, picture: '', error: rows }, next };
        continue;
      }
      const { [image]: value, [label ?? '']: given, ...more } = rows[row - rowStart];
      const picture = bytesIn(value);
      const said = given === undefined || given === null ? undefined : String(given);
      const name =
        said === undefined ? undefined : Array.isArray(names) ? (names[Number(said)] ?? said) : said;
      const truth = { ...maskIn(more[mask ?? ''], key), ...saidObjects(more[objects ?? ''], key) };
      if (picture) yield { picture: { key, from: path, picture, label: name, truth }, next };
      else {
        const error = `no bytes in the column ${image}`;
        yield { picture: { key, from: path, picture: '', label: name, error }, next };
      }
    }
  }
}

function maskIn(value: unknown, key: string): SaidTruth {
  const bytes = bytesIn(value);
  return bytes ? { mask: { path: `${key} (mask)`, bytes } } : {};
}

function bytesIn(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  const inside = (value as { readonly bytes?: unknown } | null | undefined)?.bytes;
  return inside instanceof Uint8Array ? inside : undefined;
}
