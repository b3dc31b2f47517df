/** Finds ONNX Runtime for Node. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface OrtPackage {
  readonly version: string;
  /** The folder of the library for this machine, in which ONNX Runtime looks for its providers. */
  readonly folder: string;
}

/**
 * The package that this program uses.
 * @throws when it does not support this machine
 */
export function ortPackage(): OrtPackage {
  return ortPackageAt(dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node'))));
}

/**
 * @param root of the package, with its package.json
 * @throws when it has no library for this machine
 */
export function ortPackageAt(root: string): OrtPackage {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const bin = join(root, 'bin');
  const kinds = existsSync(bin) ? readdirSync(bin) : [];
  const folder = kinds
    .map((kind) => join(bin, kind, process.platform, process.arch))
    .find((one) => existsSync(join(one, 'onnxruntime_binding.node')));
  if (folder === undefined) {
    throw new Error(`onnxruntime-node ${version} has no library for ${process.platform} ${process.arch}`);
  }
  return { version, folder };
}
