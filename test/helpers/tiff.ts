/** TIFF files of kinds that no library at hand writes: one strip, uncompressed, the directory before the pixels. */

export interface TiffKind {
  readonly width: number;
  readonly height: number;
  /** Of a sample; default 8. */
  readonly bits?: number;
  /** 1: unsigned integers (default), 2: signed, 3: floats, 5: complex integers, 6: complex floats. */
  readonly format?: number;
  /** 0: white is zero, 1: black is zero (default), 2: RGB, 5: CMYK, 6: YCbCr, 8: Lab. */
  readonly photometric?: number;
  /** Samples a pixel; default 1. */
  readonly samples?: number;
  /** What the samples beyond the colours are: 0: nobody knows, 1: premultiplied alpha, 2: alpha. */
  readonly extra?: readonly number[];
  /** Further entries of the directory, of one 16-bit number each. */
  readonly tags?: Readonly<Record<number, number>>;
}

/** @param pixels interleaved, in the byte order of the machine: little-endian */
export function tiff(
  { width, height, bits = 8, format = 1, photometric = 1, samples = 1, extra = [], tags = {} }: TiffKind,
  pixels: ArrayBufferView,
): Uint8Array {
  const short = 3;
  const long = 4;
  const entries: [tag: number, type: number, values: readonly number[]][] = [
    [256, long, [width]],
    [257, long, [height]],
    [258, short, Array(samples).fill(bits)],
    [259, short, [1]],
    [262, short, [photometric]],
    [273, long, [0]],
    [277, short, [samples]],
    [278, long, [height]],
    [279, long, [pixels.byteLength]],
    [284, short, [1]],
    ...(extra.length > 0 ? [[338, short, extra] as [number, number, readonly number[]]] : []),
    [339, short, Array(samples).fill(format)],
    ...Object.entries(tags).map(([tag, value]): [number, number, readonly number[]] => [
      Number(tag),
      short,
      [value],
    ]),
  ];
  entries.sort(([a], [b]) => a - b);
  const size = (type: number, values: readonly number[]): number => values.length * (type === short ? 2 : 4);
  const apart = entries.reduce(
    (sum, [, type, values]) => sum + (size(type, values) > 4 ? size(type, values) : 0),
    0,
  );
  const directory = 2 + 12 * entries.length + 4;
  const start = 8 + directory + apart;
  const bytes = new Uint8Array(start + pixels.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  view.setUint16(8, entries.length, true);
  let free = 8 + directory;
  for (const [i, [tag, type, values]] of entries.entries()) {
    const at = 10 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, values.length, true);
    let to = at + 8;
    if (size(type, values) > 4) {
      view.setUint32(to, free, true);
      to = free;
      free += size(type, values);
    }
    for (const [k, value] of values.entries()) {
      if (type === short) view.setUint16(to + 2 * k, value, true);
      else view.setUint32(to + 4 * k, tag === 273 ? start : value, true);
    }
  }
  bytes.set(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength), start);
  return bytes;
}
