/** The number of files that a process may open, which is low where `ulimit -n` is low. */
import { closeSync, openSync } from 'node:fs';

/** Node opens all of the program's own files at once; pictures, threads and ONNX Runtime need fewer. */
export const neededFiles = 230;

/**
 * How many files can be opened, up to `most`, found by opening them.
 * @param path of an existing file
 */
export function openableFiles(path: string, most: number): number {
  const open: number[] = [];
  try {
    while (open.length < most) open.push(openSync(path, 'r'));
  } catch {
    // The limit is reached.
  } finally {
    for (const file of open) closeSync(file);
  }
  return open.length;
}
