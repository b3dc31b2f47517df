/** What the page knows of a classifier that another program made. */

/** What is told of a classifier that is imported on the page, beside its file. What is left out is read there, else guessed or assumed. */
export interface ImportTold {
  /** Name of a usual preprocessing. */
  readonly preprocessing?: string;
  /** Names of its classes: `readClasses`. */
  readonly classes?: File;
  /** Files that lie beside it: weights, and those that are named in `sidecars`. */
  readonly beside?: readonly File[];
}

export interface ImportedFacts {
  /** The file that it was made from. */
  readonly source: string;
  /** 'linear': its own map is the CAM; 'other': HiResCAM. */
  readonly head: 'linear' | 'other';
  /** What is known of it, in lines of text with columns. */
  readonly lines: readonly string[];
  /** Of one that was imported on the page, and not read from a file of `hrm import`. */
  readonly here?: ImportedHere;
}

export interface ImportedHere {
  /** What nobody told, in words: the reader should know. */
  readonly assumed: readonly string[];
  /** The usual name of the preprocessing in use, unless files told it. */
  readonly preprocessing?: string;
  /** The usual preprocessings, which can be told instead. */
  readonly choices: readonly { readonly name: string; readonly text: string }[];
}
