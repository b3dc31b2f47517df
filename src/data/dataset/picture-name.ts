/** What the name of a file or folder says: a picture that is read, one that is not, or nothing of the data's. */
import { extname } from 'node:path';

/** The endings of pictures that are read, in any case. */
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

/** Of pictures that are not read: of telephones, cameras, scanners and painting programs. */
const notRead = new Set(
  (
    'heic heif hif jxl jp2 j2k jpf jpx jpg2 psd psb raw cr2 cr3 crw nef nrw arw sr2 srf dng orf rw2 raf pef srw x3f 3fr ' +
    'ico cur tga exr hdr dds dcm dicom nii svg svgz xcf kra eps pcx qoi pfm pam sgi ras apng'
  )
    .split(' ')
    .map((ending) => `.${ending}`),
);

/** What systems and programs put into folders by themselves, beside names that begin with a dot. */
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

/** A name's ending, in small letters: `.jpg`; empty where it has none. */
export function endingOf(name: string): string {
  return extname(name).toLowerCase();
}

/** Whether a file name is that of a picture: it has one of `pictureEndings`, and is not hidden. */
export function isPictureName(name: string): boolean {
  return read.has(endingOf(name)) && !isHidden(name);
}

/** Whether a name is that of a picture that is not read. */
export function isOtherPictureName(name: string): boolean {
  return notRead.has(endingOf(name));
}

/** Whether a file or folder is none of the data's: its name begins with a dot, or a system gave it. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || strewn.has(name.toLowerCase());
}
