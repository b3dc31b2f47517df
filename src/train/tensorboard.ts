/**
 * TensorBoard's event files: records as TFRecord frames them (length, masked CRC-32C of it, data, masked CRC-32C), each an
 * `Event` message of tensorflow/core/util/event.proto.
 */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import crc32c from 'crc-32/crc32c.js';

/** The name that TensorBoard looks for in a log folder. @param time in seconds since 1970 */
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
  const summary = new BinaryWriter();
  for (const [tag, value] of Object.entries(scalars)) {
    if (value === undefined) continue;
    summary.tag(1, 2).bytes(new BinaryWriter().tag(1, 2).string(tag).tag(2, 5).float(value).finish());
  }
  const event = new BinaryWriter().tag(1, 1).double(time).tag(2, 0).int64(step);
  return frame(event.tag(5, 2).bytes(summary.finish()).finish());
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

/** The checksum rotated and offset, so that a record within a record keeps a sound checksum. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
