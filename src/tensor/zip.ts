/** What a zip archive holds: NumPy's .npz and Keras' .keras files are such. Unpacked by fflate; what it leaves unchecked is checked here. */
import crc32 from 'crc-32';
import { strFromU8, type UnzipFileInfo, unzipSync } from 'fflate';

/** The most bytes that one file of an archive may have when unpacked: 1 GiB. */
const mostBytes = 2 ** 30;

/** Deflate makes at most so many bytes of one. */
const mostRatio = 1032;

/** Bytes of a file's entry in the archive's directory, without its name. */
const entryBytes = 46;

/** Whether bytes begin as a zip archive does, or as one without files. */
export function isZip(bytes: Uint8Array): boolean {
  return ['PK\x03\x04', 'PK\x05\x06'].includes(String.fromCharCode(...bytes.subarray(0, 4)));
}

/** The names of an archive's files, in its order; no folders. @throws when it is damaged */
export function zipNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  unzip(bytes, ({ name }) => {
    if (!name.endsWith('/')) names.push(name);
    return false;
  });
  return names;
}

/**
 * One file of an archive, which must be there.
 * @throws when the archive is damaged, the file has another checksum, or over 1 GiB
 */
export function unzipOne(bytes: Uint8Array, wanted: string): Uint8Array {
  const files = unzip(bytes, (file) => file.name === wanted && isReadable(file));
  if (crc32.buf(files[wanted]) >>> 0 !== checksums(bytes).get(wanted)) {
    throw new Error(`damaged: '${wanted}' in it has another checksum than the archive says`);
  }
  return files[wanted];
}

function isReadable({ name, size, originalSize, compression }: UnzipFileInfo): boolean {
  if (compression !== 0 && compression !== 8) {
    throw new Error(`'${name}' in it is packed by method ${compression}; stored and deflated files are read`);
  }
  if (originalSize > mostBytes) {
    throw new Error(`'${name}' in it has ${originalSize} bytes unpacked, at most ${mostBytes} are read`);
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

/** The CRC-32 of each file, by its name, from the directory at an archive's end: fflate does not look at them. */
function checksums(bytes: Uint8Array): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sums = new Map<string, number>();
  let end = bytes.length - 22;
  while (view.getUint32(end, true) !== 0x06054b50) end--; // it is there: fflate found it
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
