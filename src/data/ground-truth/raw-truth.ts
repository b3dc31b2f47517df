/** What is known of where a picture's objects are, as files have it: not decoded yet, nor turned. */
import type { PictureBoxes } from './boxes-file.ts';

/** A file. */
export interface NamedFile {
  readonly path: string;
  /** Its bytes, where it is none of its own, as in a tar; its path is then a name for errors. */
  readonly bytes?: Uint8Array;
}

/** What is said of the objects. */
export interface SaidTruth {
  readonly mask?: NamedFile;
  readonly boxes?: PictureBoxes;
  /** Where the boxes stand, for errors. */
  readonly boxesFrom?: string;
  /** Why what stands there are no boxes. */
  readonly problem?: string;
}

export interface RawTruth extends SaidTruth {
  /** The picture, as notes and errors call it. */
  readonly name: string;
  readonly picture: NamedFile;
}
