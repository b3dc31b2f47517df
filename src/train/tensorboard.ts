/**
 * TensorBoard's event files: records in TFRecord framing (length, masked CRC-32C of it, data, masked CRC-32C
 * of them), each an `Event` message of tensorflow/core/util/event.proto.
 */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import crc32c from 'crc-32/crc32c.js';

/**
 * The file name that TensorBoard looks for in a log folder.
 * @param time in seconds since 1970
 */
export function eventFileName(time: number): string {
  return `events.out.tfevents.${Math.floor(time)}.hrm`;
}

/** The first record of every event file. */
export function encodeFileHeader(time: number): Uint8Array {
  return frame(new BinaryWriter().tag(1, 1).double(time).tag(3, 2).string('brain.Event:2').finish());
}

/** One record of scalars at a step; undefined ones are left out. */
export function encodeScalars(
  time: number,
  step: number,
  scalars: Readonly<Record<string, number | undefined>>,
): Uint8Array {
  const values = Object.entries(scalars).flatMap(([tag, value]) =>
    value === undefined ? [] : [new BinaryWriter().tag(1, 2).string(tag).tag(2, 5).float(value)],
  );
  return encodeSummary(time, step, values);
}

/**
 * One record of pictures at a step.
 * @param images by tag, each the bytes of a PNG file with 8 bits a channel; a tag `epoch/0` is shown in the
 * group `epoch`
 * @throws when the bytes are not such a file
 */
export function encodeImages(
  time: number,
  step: number,
  images: Readonly<Record<string, Uint8Array>>,
): Uint8Array {
  const values = Object.entries(images).map(([tag, png]) => {
    const { width, height, colorspace } = pngHeader(tag, png);
    const image = new BinaryWriter()
      .tag(1, 0)
      .int32(height)
      .tag(2, 0)
      .int32(width)
      .tag(3, 0)
      .int32(colorspace);
    return new BinaryWriter().tag(1, 2).string(tag).tag(4, 2).bytes(image.tag(4, 2).bytes(png).finish());
  });
  return encodeSummary(time, step, values);
}

/** @param values messages `Summary.Value` */
function encodeSummary(time: number, step: number, values: readonly BinaryWriter[]): Uint8Array {
  const summary = new BinaryWriter();
  for (const value of values) summary.tag(1, 2).bytes(value.finish());
  const event = new BinaryWriter().tag(1, 1).double(time).tag(2, 0).int64(step);
  return frame(event.tag(5, 2).bytes(summary.finish()).finish());
}

const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/**
 * From the colour type of a PNG file to the colour space of `Summary.Image`: grey, RGB, grey and alpha, RGBA.
 */
const colorspaces: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/**
 * Width, height and colour type in the first chunk of a PNG file (PNG specification, third edition, 11.2.1).
 */
function pngHeader(tag: string, png: Uint8Array): { width: number; height: number; colorspace: number } {
  if (png.length < 33 || pngStart.some((byte, i) => png[i] !== byte)) {
    throw new Error(`TensorBoard image '${tag}': a PNG file is needed`);
  }
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [depth, colorType] = [view.getUint8(24), view.getUint8(25)];
  const colorspace = colorspaces[colorType];
  if (depth !== 8 || colorspace === undefined) {
    throw new Error(
      `TensorBoard image '${tag}': a PNG of 8 bits grey or RGB is needed, got ${depth} bits, colour type ${colorType}`,
    );
  }
  return { width: view.getUint32(16), height: view.getUint32(20), colorspace };
}

function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + data.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

/** The CRC rotated and offset, as TFRecord asks: a record inside a record then keeps a valid checksum. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
