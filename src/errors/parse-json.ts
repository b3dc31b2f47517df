import { FileError } from './file-error.ts';

/** What a JSON text holds, without the byte order mark before it. @param file stands in the error @throws `FileError` when it is none */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    // It quotes the text, with its line ends.
    throw new FileError(file, `not JSON: ${(error as Error).message.replace(/\s+/g, ' ')}`, { cause: error });
  }
}
