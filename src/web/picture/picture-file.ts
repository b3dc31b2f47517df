/** Picture files in a browser: decoded upright to RGB, and resized as everywhere in the project. */
import { pixelsOf } from '../../data/picture/bitmap.ts';
import { type PictureSource, pictureInMemory, type WholeSize } from '../../data/picture/picture-source.ts';
import { Problem } from '../state/problems.ts';

/** A picture that was opened. */
export interface PictureFile extends PictureSource {
  readonly name: string;
  /** The path shown in results: for a sample, its path in the package; else the file's name. */
  readonly path: string;
  /** The sample's name, if it is one. */
  readonly sample?: string;
  /** Size in the file, upright. */
  readonly width: number;
  readonly height: number;
}

/** Limit on a picture's pixels, as in Node. */
const limit = 2 ** 27;
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

/**
 * Decodes a picture file.
 * @throws (`Problem`) with a readable reason
 */
export async function openPicture(
  file: Blob,
  name: string,
  { path = name, sample }: { path?: string; sample?: string } = {},
): Promise<PictureFile> {
  if (file.size === 0) throw new Problem(`${name} is empty.`);
  const kind = await pictureKind(file);
  if (kind === undefined) {
    throw new Problem(
      `${name} is not in an image format that browsers read (JPEG, PNG, WebP, GIF, BMP, AVIF).`,
    );
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
    const size = (): WholeSize => ({ height, width });
    return { ...pictureInMemory(pixelsOf(bitmap)), size, name, path, sample, width, height };
  } finally {
    bitmap.close();
  }
}

/** The picture format by a file's first bytes, whatever its name; undefined: none. */
export async function pictureKind(file: Blob): Promise<string | undefined> {
  const start = String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  return kinds.find(([, at, magic]) => start.startsWith(magic, at))?.[0];
}

/** `12.3 MB` */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
