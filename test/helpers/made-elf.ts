/** Shared libraries and wheels that hold no code: enough of the formats for what reads them. */
import { strToU8, zipSync } from 'fflate';

/** An ELF file of 64 bits that needs these libraries. @param machine default: x86-64 */
export function madeElf(needed: readonly string[], machine = 62): Uint8Array {
  const texts = Buffer.from(`\0${needed.map((name) => `${name}\0`).join('')}`, 'latin1');
  const [segments, dynamicAt] = [64, 64 + 2 * 56];
  const dynamicBytes = (needed.length + 2) * 16;
  const textsAt = dynamicAt + dynamicBytes;
  const size = textsAt + texts.length;
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32BE(0x7f454c46, 0);
  bytes.set([2, 1, 1], 4);
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeBigUInt64LE(BigInt(segments), 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(2, 56);
  // As in real ones, addresses differ from places in the file.
  const shift = 0x1000;
  const segment = (at: number, type: number, offset: number, length: number): void => {
    bytes.writeUInt32LE(type, at);
    bytes.writeBigUInt64LE(BigInt(offset), at + 8);
    bytes.writeBigUInt64LE(BigInt(offset + shift), at + 16);
    bytes.writeBigUInt64LE(BigInt(length), at + 32);
  };
  segment(segments, 1, 0, size);
  segment(segments + 56, 2, dynamicAt, dynamicBytes);
  let at = 1;
  const entries: [number, number][] = needed.map((name) => {
    const entry: [number, number] = [1, at];
    at += name.length + 1;
    return entry;
  });
  for (const [i, [key, value]] of [...entries, [5, textsAt + shift], [0, 0]].entries()) {
    bytes.writeBigInt64LE(BigInt(key), dynamicAt + i * 16);
    bytes.writeBigUInt64LE(BigInt(value), dynamicAt + i * 16 + 8);
  }
  bytes.set(texts, textsAt);
  return bytes;
}

/** What the provider of CUDA 13 needs of NVIDIA. */
export const cudaNeeds: readonly string[] = ['libcublas.so.13', 'libcudart.so.13', 'libcuda.so.1'];

/** A wheel of a Python package. @param files by their paths in it */
export function madeWheel(
  name: string,
  version: string,
  files: Readonly<Record<string, Uint8Array>>,
): Uint8Array {
  const metadata = `Metadata-Version: 2.4\nName: ${name}\nVersion: ${version}\n\ntext`;
  const entry = `${name.replaceAll('-', '_')}-${version}.dist-info/METADATA`;
  return zipSync({ ...files, [entry]: strToU8(metadata) }, { level: 0 });
}

/** The two libraries of a wheel of onnxruntime-gpu. */
export function madeProvider(machine?: number): Record<string, Uint8Array> {
  return {
    'onnxruntime/capi/libonnxruntime_providers_shared.so': madeElf(['libc.so.6'], machine),
    'onnxruntime/capi/libonnxruntime_providers_cuda.so': madeElf(cudaNeeds, machine),
  };
}
