/**
 * Reads which libraries a shared library of Linux needs, from the few fields of its ELF file that list them.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { FileError } from '../../errors/file-error.ts';

/** Reads `length` bytes from offset `at`. */
type Read = (at: number, length: number) => Buffer;

const machines: Readonly<Record<number, string>> = { 3: 'x86', 40: 'ARM', 62: 'x86-64', 183: 'ARM64' };
const x64 = 62;

// Types of segments, and tags of the dynamic section.
const loaded = 1;
const dynamic = 2;
const needed = 1n;
const textAt = 5n;

const headerBytes = 64;
const segmentBytes = 56;
/** Limit in bytes. Real ones have some hundred bytes, and their names some thousand. */
const maxDynamicBytes = 2 ** 16;
const longestName = 512;

/**
 * The names of the libraries that a shared library needs (`DT_NEEDED`), in order: `libcudart.so.13`.
 * @throws `FileError` when it is not an ELF file of 64 bits for x86-64, or is damaged
 */
export function neededLibraries(path: string): string[] {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    return neededIn((at, length) => {
      if (at < 0 || at + length > size)
        throw new FileError(path, 'damaged or cut short: not a complete library');
      const bytes = Buffer.alloc(length);
      readSync(file, bytes, 0, length, at);
      return bytes;
    }, path);
  } finally {
    closeSync(file);
  }
}

/**
 * `neededLibraries` for a library in memory.
 * @param name in errors
 */
export function neededByBytes(content: Uint8Array, name: string): string[] {
  return neededIn((at, length) => {
    if (at < 0 || at + length > content.length) {
      throw new FileError(name, 'damaged or cut short: not a complete library');
    }
    return Buffer.from(content.subarray(at, at + length));
  }, name);
}

/** The layout is defined by the System V ABI, "ELF-64 Object File Format". */
function neededIn(read: Read, path: string): string[] {
  const magic = read(0, 20);
  if (magic.readUInt32BE(0) !== 0x7f454c46) throw new FileError(path, 'not a shared library (ELF)');
  const machine = magic.readUInt16LE(18);
  if (magic[4] !== 2 || magic[5] !== 1 || machine !== x64) {
    const what = machines[machine] ?? `machine ${machine}`;
    throw new FileError(path, `a library for ${what}; one for x86-64 is needed`);
  }
  const header = read(0, headerBytes);
  const segments = Array.from({ length: header.readUInt16LE(56) }, (_, i) =>
    read(Number(header.readBigUInt64LE(32)) + i * header.readUInt16LE(54), segmentBytes),
  ).map((bytes) => ({
    type: bytes.readUInt32LE(0),
    offset: Number(bytes.readBigUInt64LE(8)),
    address: Number(bytes.readBigUInt64LE(16)),
    length: Number(bytes.readBigUInt64LE(32)),
  }));
  const section = segments.find(({ type }) => type === dynamic);
  if (section === undefined) throw new FileError(path, 'not a shared library: it has no dynamic section');
  const bytes = read(section.offset, Math.min(section.length, maxDynamicBytes));
  const entries = Array.from({ length: Math.floor(bytes.length / 16) }, (_, i) => ({
    key: bytes.readBigInt64LE(i * 16),
    value: Number(bytes.readBigUInt64LE(i * 16 + 8)),
  }));
  const end = entries.findIndex(({ key }) => key === 0n);
  const used = end < 0 ? entries : entries.slice(0, end);
  const address = used.find(({ key }) => key === textAt)?.value;
  const home = segments.find(
    (one) =>
      one.type === loaded &&
      address !== undefined &&
      address >= one.address &&
      address < one.address + one.length,
  );
  if (home === undefined || address === undefined) {
    throw new FileError(path, 'damaged: its names are not at the offset given');
  }
  const texts = home.offset + address - home.address;
  return used.filter(({ key }) => key === needed).map(({ value }) => nameAt(read, texts + value, path));
}

function nameAt(read: Read, at: number, path: string): string {
  let name = '';
  while (name.length < longestName) {
    const byte = read(at + name.length, 1)[0];
    if (byte === 0) return name;
    name += String.fromCharCode(byte);
  }
  throw new FileError(path, `damaged: the name of a library it needs has over ${longestName} characters`);
}
