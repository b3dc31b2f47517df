/** What the page knows of a classifier that another program made. */

/** What is told of a classifier that is imported on the page; what is left out is read from its file, else guessed or assumed. */
export interface ImportTold {
  /** Name of a usual preprocessing. */
  readonly preprocessing?: string;
  /** Class names, by index, and the file that they come from. */
  readonly classes?: { readonly file: string; readonly names: readonly string[] };
}

export interface ImportedFacts {
  /** The file that it was made from. */
  readonly source: string;
  /** 'linear': its own map is the CAM; 'other': HiResCAM. */
  readonly head: 'linear' | 'other';
  /** What is known of it, a line each. */
  readonly lines: readonly string[];
  /** Of one that was imported on the page, and not read from a file of `hrm import`. */
  readonly here?: ImportedHere;
}

export interface ImportedHere {
  /** What nobody told, in words: the reader should know. */
  readonly assumed: readonly string[];
  /** The usual name of the preprocessing in use, unless its file told it. */
  readonly preprocessing?: string;
  /** The usual preprocessings that can be told instead. */
  readonly choices: readonly { readonly name: string; readonly text: string }[];
}
