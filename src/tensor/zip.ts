/**
 * Reads zip archives, which NumPy's .npz and Keras' .keras files are. fflate unpacks them; this file adds the
 * checks that it lacks.
 */
import crc32 from 'crc-32';
import { strFromU8, type UnzipFileInfo, unzipSync } from 'fflate';

/** Limit on the unpacked bytes of one file: 1 GiB. */
const mostBytes = 2 ** 30;

/** Deflate's largest compression ratio. */
const mostRatio = 1032;

/** Bytes of a file's entry in the central directory, without its name. */
const entryBytes = 46;

/** Whether bytes begin like a zip archive, or like one without files. */
export function isZip(bytes: Uint8Array): boolean {
  return ['PK\x03\x04', 'PK\x05\x06'].includes(String.fromCharCode(...bytes.subarray(0, 4)));
}

/**
 * The names of an archive's files, in its order, without folders.
 * @throws when it is damaged
 */
export function zipNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  unzip(bytes, ({ name }) => {
    if (!name.endsWith('/')) names.push(name);
    return false;
  });
  return names;
}

/**
 * Unpacks one file of an archive, which must exist.
 * @throws when the archive is damaged, the file has another checksum, or more than 1 GiB
 */
export function unzipOne(bytes: Uint8Array, wanted: string): Uint8Array {
  const files = unzip(bytes, (file) => file.name === wanted && isReadable(file));
  if (crc32.buf(files[wanted]) >>> 0 !== checksums(bytes).get(wanted)) {
    throw new Error(`damaged: the checksum of '${wanted}' in it does not match`);
  }
  return files[wanted];
}

function isReadable({ name, size, originalSize, compression }: UnzipFileInfo): boolean {
  if (compression !== 0 && compression !== 8) {
    throw new Error(
      `'${name}' in it is packed by method ${compression}; only stored and deflated files can be read`,
    );
  }
  if (originalSize > mostBytes) {
    throw new Error(
      `'${name}' in it has ${originalSize} bytes unpacked, more than the limit of ${mostBytes}`,
    );
  }
  if (originalSize > mostRatio * (size + 1)) throw new Error(`damaged: '${name}' in it cannot have its size`);
  return true;
}

function unzip(bytes: Uint8Array, filter: (file: UnzipFileInfo) => boolean): Record<string, Uint8Array> {
  let refused: unknown;
  let left = Math.floor(bytes.length / entryBytes);
  try {
    return unzipSync(bytes, {
      filter: (file) => {
        if (left-- === 0) throw new Error('more files than there is room for');
        try {
          return filter(file);
        } catch (error) {
          refused = error;
          throw error;
        }
      },
    });
  } catch (error) {
    throw refused ?? new Error('damaged or cut short: the zip archive cannot be read', { cause: error });
  }
}

/** The CRC-32 of each file, by its name, from the central directory: fflate ignores them. */
function checksums(bytes: Uint8Array): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sums = new Map<string, number>();
  let end = bytes.length - 22;
  while (view.getUint32(end, true) !== 0x06054b50) end--; // fflate found it, so it exists
  let at = view.getUint32(end + 16, true);
  while (at + entryBytes <= end && view.getUint32(at, true) === 0x02014b50) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const isUtf8 = (view.getUint16(at + 8, true) & 0x800) !== 0;
    const start = at + entryBytes;
    sums.set(strFromU8(bytes.subarray(start, start + name), !isUtf8), view.getUint32(at + 16, true));
    at = start + name + extra + comment;
  }
  return sums;
}
