/** Ground truth as stored in files, not yet decoded or turned. */
import type { PictureBoxes } from './boxes-file.ts';

/** A file. */
export interface NamedFile {
  readonly path: string;
  /**
   * The file's bytes when it is not a file of its own, such as a member of a tar; `path` then only names it
   * in errors.
   */
  readonly bytes?: Uint8Array;
}

/** Ground truth of one picture. */
export interface SaidTruth {
  readonly mask?: NamedFile;
  readonly boxes?: PictureBoxes;
  /** Source of the boxes, for errors. */
  readonly boxesFrom?: string;
  /** Why the source does not contain valid boxes. */
  readonly problem?: string;
}

/** Ground truth of one picture, with the picture's file. */
export interface RawTruth extends SaidTruth {
  /** The picture's name in notes and errors. */
  readonly name: string;
  readonly picture: NamedFile;
}
