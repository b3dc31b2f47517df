/** A decoder's own complaint about a file: in the words of a library, after what it means. */
export class DecoderError extends Error {
  /** What it means, in words of this project. */
  readonly meaning: string;

  /** @param words the library's, one line; left out where they say nothing */
  constructor(meaning: string, words: string | undefined, options?: ErrorOptions) {
    super(words === undefined ? meaning : `${meaning} (${words})`, options);
    this.meaning = meaning;
  }
}
