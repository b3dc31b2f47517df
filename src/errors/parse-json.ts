import { FileError } from './file-error.ts';

/**
 * The content of a JSON text, which may begin with a byte order mark.
 * @param file name in the error
 * @throws `FileError` when it is not JSON
 */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    // The message quotes the text with its line breaks.
    throw new FileError(file, `not JSON: ${(error as Error).message.replace(/\s+/g, ' ')}`, { cause: error });
  }
}
