/** A decoder's error about a file: what it means, followed by the library's own words. */
export class DecoderError extends Error {
  /** What it means, in words of this project. */
  readonly meaning: string;

  /** @param words the library's, one line; undefined if they add nothing */
  constructor(meaning: string, words: string | undefined, options?: ErrorOptions) {
    super(words === undefined ? meaning : `${meaning} (${words})`, options);
    this.meaning = meaning;
  }
}
