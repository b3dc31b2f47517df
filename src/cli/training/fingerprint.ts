/** What a data set's folders hold, in short: enough to see that they hold something else. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ImageFolder } from '../../data/dataset/image-folder.ts';

/** For each class folder, as `train/cat`: the number of its images, and a digest of their names and sizes in bytes. */
export type Fingerprint = Readonly<Record<string, { readonly images: number; readonly digest: string }>>;

/** Files looked at at a time. */
const chunk = 64;

/** The fingerprint of some splits. No file is opened; where the data lie does not matter. */
export async function fingerprint(splits: readonly ImageFolder[]): Promise<Fingerprint> {
  const result: Record<string, { images: number; digest: string }> = {};
  for (const { dir, classes, samples } of splits) {
    const sizes = await sizesOf(samples.map(({ path }) => path));
    const folders = classes.map(() => ({ images: 0, hash: createHash('sha256') }));
    for (const [i, { path, label }] of samples.entries()) {
      folders[label].images++;
      folders[label].hash.update(`${basename(path)}\0${sizes[i]}\0`);
    }
    for (const [label, { images, hash }] of folders.entries()) {
      if (images === 0) continue; // a class without test images
      result[`${basename(dir)}/${classes[label]}`] = { images, digest: hash.digest('hex').slice(0, 16) };
    }
  }
  return result;
}

/** What is different now, a phrase for each class folder: `train/cat has 11 images, had 12`. */
export function changes(before: Fingerprint, now: Fingerprint): string[] {
  const folders = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return folders.flatMap((folder) => {
    const [was, is] = [before[folder], now[folder]];
    if (was?.digest === is?.digest && was?.images === is?.images) return [];
    if (!is) return [`${folder} is gone`];
    if (!was) return [`${folder} is new`];
    if (was.images !== is.images) return [`${folder} has ${is.images} images, had ${was.images}`];
    return [`${folder} has images of other names or sizes`];
  });
}

async function sizesOf(paths: readonly string[]): Promise<number[]> {
  const sizes: number[] = [];
  for (let i = 0; i < paths.length; i += chunk) {
    const some = paths.slice(i, i + chunk).map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => -1, // it is listed, but cannot be looked at: as unreadable as it will be when it is read
      ),
    );
    sizes.push(...(await Promise.all(some)));
  }
  return sizes;
}
