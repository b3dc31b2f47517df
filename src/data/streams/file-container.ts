/** A container of pictures that are files of their own. */
import { createHash } from 'node:crypto';
import type { Container } from './container.ts';

/** @param paths in their order; each is also the picture's key */
export function fileContainer(paths: readonly string[]): Container {
  const digest = createHash('sha256');
  for (const path of paths) digest.update(path).update('\n');
  return {
    kind: 'files',
    path: '',
    size: paths.length,
    mark: digest.digest('hex'),
    async *read(at) {
      for (let i = at; i < paths.length; i++) {
        yield { picture: { key: paths[i], picture: paths[i] }, next: i + 1 };
      }
    },
  };
}
