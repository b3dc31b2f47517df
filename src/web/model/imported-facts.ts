/** What the page knows of an imported classifier. */

/**
 * What the user declares about a classifier that is imported on the page. What is left out is read from the
 * file, else guessed or assumed.
 */
export interface ImportDeclared {
  /** Name of one of the usual preprocessings. */
  readonly preprocessing?: string;
  /** A file with its class names, in the formats of `readClasses`. */
  readonly classes?: File;
  /** Files beside it: weights, and those named in `sidecars`. */
  readonly beside?: readonly File[];
}

export interface ImportedFacts {
  /** The file that it was imported from. */
  readonly source: string;
  /** 'linear': its own map is the CAM; 'other': HiResCAM. */
  readonly head: 'linear' | 'other';
  /** Its facts, in lines of text with columns. */
  readonly lines: readonly string[];
  /** For one that was imported on the page, not by `hrm import`. */
  readonly here?: ImportedHere;
}

export interface ImportedHere {
  /** What was assumed, in words, for the user to check. */
  readonly assumed: readonly string[];
  /** The usual name of the preprocessing in use, unless files declare it. */
  readonly preprocessing?: string;
  /** The usual preprocessings that the user can choose instead. */
  readonly choices: readonly { readonly name: string; readonly text: string }[];
}
