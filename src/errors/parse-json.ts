import { FileError } from './file-error.ts';
import { firstLine } from './first-line.ts';

/** What a JSON text holds; a byte order mark before it is none of it. @param file stands in the error @throws `FileError` when it is none */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new FileError(file, `not JSON: ${firstLine(error)}`, { cause: error });
  }
}
