/**
 * Recognises file and folder names: supported pictures, unsupported pictures, and files that do not belong to
 * the data.
 */
import { extname } from 'node:path';

/** Extensions of supported pictures, in lower case. */
export const pictureEndings: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.pjpeg',
  '.pjp',
  '.png',
  '.webp',
  '.avif',
  '.bmp',
  '.tif',
  '.tiff',
  '.gif',
  '.ppm',
  '.pgm',
  '.pbm',
  '.pnm',
];
const read = new Set(pictureEndings);

/** Extensions of unsupported pictures from phones, cameras, scanners and painting programs. */
const notRead = new Set(
  (
    'heic heif hif jxl jp2 j2k jpf jpx jpg2 psd psb raw cr2 cr3 crw nef nrw arw sr2 srf dng orf rw2 raf pef srw x3f 3fr ' +
    'ico cur tga exr hdr dds dcm dicom nii svg svgz xcf kra eps pcx qoi pfm pam sgi ras apng'
  )
    .split(' ')
    .map((ending) => `.${ending}`),
);

/** Names that systems and programs create in folders. Names that begin with a dot are hidden too. */
const strewn = new Set([
  '__macosx',
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  'icon\r',
  '$recycle.bin',
  'system volume information',
  'lost+found',
  '@eadir',
]);

/** A name's extension in lower case, such as `.jpg`; empty if it has none. */
export function endingOf(name: string): string {
  return extname(name).toLowerCase();
}

/** Whether a file name has one of `pictureEndings` and is not hidden. */
export function isPictureName(name: string): boolean {
  return read.has(endingOf(name)) && !isHidden(name);
}

/** Whether a name has the extension of an unsupported picture. */
export function isOtherPictureName(name: string): boolean {
  return notRead.has(endingOf(name));
}

/**
 * Whether a file or folder does not belong to the data: its name begins with a dot, or a system created it.
 */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || strewn.has(name.toLowerCase());
}
