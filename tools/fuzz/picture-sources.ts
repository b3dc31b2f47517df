/** Small pictures, masks and maps of every kind that is read, to be damaged. */
import { zipSync } from 'fflate';
import sharp, { type Sharp } from 'sharp';
import { random } from '../../src/tensor/random.ts';
import { tiff } from '../../test/helpers/tiff.ts';

const [width, height] = [61, 48];
const pixels = width * height;

/**
 * Shapes and noise, so that they do not compress to almost nothing.
 * @returns [H, W, channels]
 */
function drawing(channels: number): Buffer {
  const rng = random(1);
  return Buffer.from(
    Array.from({ length: channels * pixels }, (_, i) => {
      const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
      return Math.hypot(x - 30, y - 24) < 15 ? 200 - (i % channels) * 40 : 60 + x + rng.integer(20);
    }),
  );
}

const rgb = (): Sharp => sharp(drawing(3), { raw: { width, height, channels: 3 } });
const rgba = (): Sharp => sharp(drawing(4), { raw: { width, height, channels: 4 } });
const grey = (): Sharp => sharp(drawing(1), { raw: { width, height, channels: 1 } });

function bmp(): Uint8Array {
  const row = Math.ceil((3 * width) / 4) * 4;
  const bytes = Buffer.alloc(54 + row * height);
  bytes.write('BM', 0, 'latin1');
  for (const [at, value] of [
    [2, bytes.length],
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
  ] as const) {
    bytes.writeUInt32LE(value, at);
  }
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  const from = drawing(3);
  for (let y = 0; y < height; y++) from.copy(bytes, 54 + row * y, 3 * width * y, 3 * width * (y + 1));
  return bytes;
}

const pnm = (kind: string, data: Uint8Array | string, most = '255\n'): Uint8Array =>
  Buffer.concat([Buffer.from(`${kind}\n# a note\n${width} ${height}\n${most}`), Buffer.from(data as string)]);

/** By file extension. */
export async function pictureSources(): Promise<readonly (readonly [ending: string, bytes: Uint8Array])[]> {
  const floats = Float32Array.from(drawing(1), (value) => value / 255);
  const frames = sharp(Buffer.concat([drawing(3), drawing(3)]), {
    raw: { width, height: 2 * height, channels: 3, pageHeight: height },
  });
  const made: [string, Promise<Uint8Array> | Uint8Array][] = [
    ['.jpg', rgb().jpeg().toBuffer()],
    ['.jpg', rgb().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer()],
    [
      '.jpg',
      rgb()
        .withExif({ IFD0: { Orientation: '6', Make: 'x' } })
        .jpeg()
        .toBuffer(),
    ],
    ['.jpg', rgb().toColourspace('cmyk').jpeg().toBuffer()],
    ['.jpg', grey().jpeg().toBuffer()],
    ['.png', rgb().png().toBuffer()],
    ['.png', rgba().png({ progressive: true }).toBuffer()],
    ['.png', rgb().png({ palette: true, colours: 16 }).toBuffer()],
    ['.png', grey().toColourspace('b-w').png().toBuffer()],
    ['.png', rgb().toColourspace('rgb16').png().toBuffer()],
    ['.webp', rgb().webp().toBuffer()],
    ['.webp', rgba().webp({ lossless: true }).toBuffer()],
    ['.webp', frames.clone().webp().toBuffer()],
    ['.gif', rgb().gif().toBuffer()],
    ['.gif', frames.clone().gif().toBuffer()],
    ['.avif', rgb().avif({ effort: 0 }).toBuffer()],
    ['.tif', rgb().tiff({ compression: 'lzw' }).toBuffer()],
    ['.tif', rgb().tiff({ compression: 'jpeg' }).toBuffer()],
    ['.tif', rgba().tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer()],
    ['.tif', rgb().tiff({ compression: 'none', pyramid: true }).toBuffer()],
    ['.tif', tiff({ width, height, bits: 32, format: 3 }, floats)],
    ['.tif', tiff({ width, height, bits: 16, format: 2 }, Int16Array.from(drawing(1)))],
    ['.tif', tiff({ width, height, photometric: 2, samples: 3 }, drawing(3))],
    ['.tif', tiff({ width, height, samples: 6, extra: [0, 0, 0, 0, 0] }, drawing(6))],
    ['.bmp', bmp()],
    ['.ppm', pnm('P6', drawing(3))],
    ['.pgm', pnm('P5', drawing(2), '65535\n')],
    ['.pgm', pnm('P2', [...drawing(1)].join(' '))],
    ['.ppm', pnm('P3', [...drawing(3)].join('\n'))],
    ['.pbm', pnm('P4', drawing(1).subarray(0, Math.ceil(width / 8) * height), '')],
  ];
  return await Promise.all(made.map(async ([ending, bytes]) => [ending, await bytes] as const));
}

/** PNG and other files, as masks of objects come in. */
export async function maskSources(): Promise<readonly (readonly [ending: string, bytes: Uint8Array])[]> {
  const labels = drawing(1).map((value) => (value > 150 ? 1 : value > 110 ? 255 : 0));
  const raw = { raw: { width, height, channels: 1 } } as const;
  const alpha = Buffer.from(
    Array.from({ length: 4 * pixels }, (_, i) => (i % 4 < 3 ? 9 : 255 * labels[i >> 2])),
  );
  const made: [string, Promise<Uint8Array> | Uint8Array][] = [
    ['.png', sharp(labels, raw).toColourspace('b-w').png().toBuffer()],
    ['.png', sharp(labels, raw).png({ palette: true, colours: 4 }).toBuffer()],
    [
      '.png',
      sharp(alpha, { raw: { width, height, channels: 4 } })
        .png()
        .toBuffer(),
    ],
    ['.png', sharp(labels, raw).toColourspace('grey16').png().toBuffer()],
    ['.gif', sharp(labels, raw).gif().toBuffer()],
    ['.tif', tiff({ width, height, bits: 16 }, Uint16Array.from(labels))],
    [
      '.tif',
      tiff(
        { width, height, bits: 32, format: 3 },
        Float32Array.from(labels, (one) => one / 255),
      ),
    ],
    ['.bmp', bmp()],
    [
      '.jpg',
      sharp(
        labels.map((one) => 255 * one),
        raw,
      )
        .withExif({ IFD0: { Orientation: '3' } })
        .jpeg()
        .toBuffer(),
    ],
  ];
  return await Promise.all(made.map(async ([ending, bytes]) => [ending, await bytes] as const));
}

/** NumPy's types by the size of an element, in bytes. */
const types = [
  ['<f4', 4],
  ['<f8', 8],
  ['>f4', 4],
  ['<f2', 2],
  ['|u1', 1],
  ['<i8', 8],
  ['|b1', 1],
  ['<u2', 2],
] as const;

/** A NumPy array with a header as `numpy.save` writes it. */
export function npy(shape: readonly number[], type: (typeof types)[number], fortran = false): Uint8Array {
  const [descr, size] = type;
  const rng = random(size);
  const head = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = `${head.padEnd(118 - 1)}\n`;
  const values = Buffer.alloc(size * shape.reduce((a, b) => a * b, 1));
  const view = new DataView(values.buffer, values.byteOffset);
  for (let at = 0; at < values.length; at += size) {
    if (descr.endsWith('f4')) view.setFloat32(at, rng.next(), descr.startsWith('<'));
    else if (descr === '<f8') view.setFloat64(at, rng.next(), true);
    else if (descr === '<f2') view.setUint16(at, 0x3000 + rng.integer(0xc00), true);
    else view.setUint8(at, descr === '|b1' ? rng.integer(2) : rng.integer(256));
  }
  const start = Buffer.alloc(10);
  start.write('\x93NUMPY\x01\0', 0, 'latin1');
  start.writeUInt16LE(padded.length, 8);
  return Buffer.concat([start, Buffer.from(padded), values]);
}

/** Files of maps, and of pictures as arrays. */
export async function arraySources(): Promise<readonly (readonly [ending: string, bytes: Uint8Array])[]> {
  const shapes = [
    [14, 14],
    [24, 24],
    [24, 24, 1],
    [24, 24, 3],
    [3, 24, 24],
    [1, 24, 24, 3],
  ];
  const arrays = shapes.flatMap((shape) => types.map((type, i) => npy(shape, type, i % 3 === 1)));
  return [
    ...arrays.map((bytes) => ['.npy', bytes] as const),
    ...([0, 6] as const).map(
      (level) => ['.npz', zipSync({ 'low.npy': arrays[0], 'high.npy': arrays[9] }, { level })] as const,
    ),
    ['.npz', zipSync({ 'map.npy': arrays[1] })],
    ['.png', await grey().toColourspace('b-w').png().toBuffer()],
    ['.png', await grey().toColourspace('grey16').png().toBuffer()],
  ];
}
