/**
 * The bytes of a checkpoint's file, little-endian:
 *
 * | offset | bytes | |
 * |---|---|---|
 * | 0 | 8 | `HRM-CKPT` |
 * | 8 | 4 | version of the format, 1 |
 * | 12 | 4 | CRC-32 of all that follows |
 * | 16 | 8 | length of the whole file |
 * | 24 | 4 | length of the text |
 * | 28 | | text, JSON: `{ content, tensors: [[name, shape], ...] }` |
 * | | | the tensors' elements, float32, in that order |
 */
import crc32 from 'crc-32';
import { FileError } from '../errors/file-error.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';

const magic = 'HRM-CKPT';
const version = 1;
const headLength = 28;
/** The checksum covers the bytes from here on. */
const checkedFrom = 16;

export interface CheckpointFile<C> {
  /** Any value that JSON keeps unchanged: no `NaN`, no infinity. */
  readonly content: C;
  readonly tensors: ReadonlyMap<string, Tensor<'float32'>>;
}

/** The bytes of a checkpoint file. */
export function encodeCheckpoint({ content, tensors }: CheckpointFile<unknown>): Uint8Array {
  const shapes = [...tensors].map(([name, { shape }]) => [name, shape]);
  const text = new TextEncoder().encode(JSON.stringify({ content, tensors: shapes }));
  const elements = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const bytes = new Uint8Array(headLength + text.length + 4 * elements);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(magic));
  view.setUint32(8, version, true);
  view.setBigUint64(16, BigInt(bytes.length), true);
  view.setUint32(24, text.length, true);
  bytes.set(text, headLength);
  let at = headLength + text.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  view.setInt32(12, crc32.buf(bytes.subarray(checkedFrom)), true);
  return bytes;
}

/**
 * Reads a checkpoint file. The checksum guarantees that it is as it was written; the type `C` of the content
 * is not checked.
 * @param name in error messages, usually the file's
 * @throws `FileError` when the bytes are not a checkpoint, have another version, are cut short or damaged
 */
export function decodeCheckpoint<C>(bytes: Uint8Array, name: string): CheckpointFile<C> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder('latin1').decode(bytes.subarray(0, 8)) !== magic) {
    throw new FileError(name, 'not a checkpoint');
  }
  if (bytes.length < headLength)
    throw new FileError(name, `the checkpoint is cut short, ${bytes.length} bytes`);
  const found = view.getUint32(8, true);
  if (found !== version) {
    throw new FileError(name, `a checkpoint of format ${found}, this program reads format ${version}`);
  }
  const length = Number(view.getBigUint64(16, true));
  if (bytes.length < length) {
    throw new FileError(name, `the checkpoint is cut short, ${bytes.length} of ${length} bytes`);
  }
  if (bytes.length !== length || crc32.buf(bytes.subarray(checkedFrom)) !== view.getInt32(12, true)) {
    throw new FileError(name, 'the checkpoint is damaged: its checksum does not match its content');
  }
  const textEnd = headLength + view.getUint32(24, true);
  const text = new TextDecoder().decode(bytes.subarray(headLength, textEnd));
  const { content, tensors } = JSON.parse(text) as { content: C; tensors: [string, number[]][] };
  let at = textEnd;
  const read = tensors.map(([tensorName, shape]): [string, Tensor<'float32'>] => {
    const end = at + 4 * sizeOf(shape);
    // A copy, because elements are not aligned in the file.
    const data = new Float32Array(new Uint8Array(bytes.subarray(at, end)).buffer);
    at = end;
    return [tensorName, tensor('float32', shape, data)];
  });
  return { content, tensors: new Map(read) };
}
