/** How many files a process may have open: few where `ulimit -n` is low. */
import { closeSync, openSync } from 'node:fs';

/** Node opens the program's own files all at once; pictures, threads and ONNX Runtime need fewer. */
export const neededFiles = 230;

/** How many files can be opened, up to a number, by opening them. @param path of a file that is there */
export function openableFiles(path: string, most: number): number {
  const open: number[] = [];
  try {
    while (open.length < most) open.push(openSync(path, 'r'));
  } catch {
    // So many, then.
  } finally {
    for (const file of open) closeSync(file);
  }
  return open.length;
}
