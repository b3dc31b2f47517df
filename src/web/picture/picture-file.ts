/** Picture files in a browser: decoded upright to RGB, and resized as everywhere in the project. */
import { mostShrink, resize } from '../../data/picture/resize.ts';
import { toChannels } from '../../data/picture/to-channels.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { Problem } from '../state/problems.ts';

/** A picture that was opened. */
export interface PictureFile {
  readonly name: string;
  /** The path that stands in results: of a sample, that in the package; else the name. */
  readonly path: string;
  /** The sample's name, if it is one. */
  readonly sample?: string;
  /** uint8 `[H, W, 3]`, at the file's size, or smaller where that has more than `mostPixels`. */
  readonly pixels: Picture;
  /** The size in the file, upright. */
  readonly width: number;
  readonly height: number;
}

/** As in Node: the most pixels that a picture may have. */
const limit = 2 ** 27;
/** Larger pictures are shrunk by the browser while they are taken out, which saves memory. */
const mostPixels = 2 ** 24;
const mostBytes = 2 ** 29;

const kinds: readonly (readonly [kind: string, at: number, magic: string])[] = [
  ['JPEG', 0, '\xff\xd8\xff'],
  ['PNG', 0, '\x89PNG'],
  ['WebP', 8, 'WEBP'],
  ['GIF', 0, 'GIF8'],
  ['BMP', 0, 'BM'],
  ['AVIF or HEIC', 4, 'ftyp'],
  ['TIFF', 0, 'II*\0'],
  ['TIFF', 0, 'MM\0*'],
];

/** Decodes a picture file. @throws (`Problem`) saying what is wrong with it */
export async function openPicture(
  file: Blob,
  name: string,
  { path = name, sample }: { path?: string; sample?: string } = {},
): Promise<PictureFile> {
  if (file.size === 0) throw new Problem(`${name} is empty.`);
  const start = String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  const kind = kinds.find(([, at, magic]) => start.startsWith(magic, at))?.[0];
  if (kind === undefined) {
    throw new Problem(`${name} is not an image that browsers read (JPEG, PNG, WebP, GIF, BMP, AVIF).`);
  }
  if (file.size > mostBytes)
    throw new Problem(`${name} is too large: ${megabytes(file.size)}, at most 512 MB.`);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    const tiff = kind === 'TIFF' ? ' Few browsers read TIFF; the command line does: hrm explain.' : '';
    throw new Problem(
      `${name} cannot be read: damaged, cut short, or more than this browser can take.${tiff}`,
    );
  }
  try {
    const { width, height } = bitmap;
    if (width * height > limit) {
      throw new Problem(`${name} is too large: ${width} × ${height} pixels, at most ${limit} in all.`);
    }
    return { name, path, sample, pixels: pixelsOf(bitmap), width, height };
  } finally {
    bitmap.close();
  }
}

function pixelsOf(bitmap: ImageBitmap): Picture {
  const scale = Math.min(1, Math.sqrt(mostPixels / (bitmap.width * bitmap.height)));
  const width = Math.max(1, Math.floor(bitmap.width * scale));
  const height = Math.max(1, Math.floor(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new RangeError('out of memory');
  context.fillStyle = '#fff'; // transparency is laid on white
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(3 * width * height);
  for (let i = 0, from = 0; i < data.length; i += 3, from += 4) {
    data[i] = rgba[from];
    data[i + 1] = rgba[from + 1];
    data[i + 2] = rgba[from + 2];
  }
  return tensor('uint8', [height, width, 3], data);
}

/** As the model is to see it: uint8 `[size, size, channels]`, without keeping the aspect ratio. */
export function seenBy(pixels: Picture, size: number, channels: 1 | 3): Picture {
  const { data } = resizeFar(pixels, size, size);
  return tensor('uint8', [size, size, channels], toChannels(data, 3, channels));
}

/** Longer side, in pixels, at which a picture is shown: that of the command line's overlays. */
const displaySide = 960;

/** As it is to be shown: uint8 `[H, W, 3]`, no side longer than 960. */
export function forDisplay(pixels: Picture): Picture {
  const [height, width] = pixels.shape;
  const scale = displaySide / Math.max(height, width);
  if (scale >= 1) return pixels;
  return resizeFar(pixels, Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale)));
}

/** `resize` by any factor, in several steps where it is a large one. */
function resizeFar(pixels: Picture, height: number, width: number): Picture {
  let [h, w] = pixels.shape;
  let picture = pixels;
  while (h > mostShrink * height || w > mostShrink * width) {
    h = Math.max(height, Math.ceil(h / mostShrink));
    w = Math.max(width, Math.ceil(w / mostShrink));
    picture = resize(picture, h, w);
  }
  return h === height && w === width ? picture : resize(picture, height, width);
}

/** `12.3 MB` */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
