/**
 * The source of ONNX Runtime's libraries for CUDA: a wheel of onnxruntime-gpu, or a folder that pip installed
 * it to.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readBytes, readRegular } from '../../data/files/read-file.ts';
import { aboutFile, FileError } from '../../errors/file-error.ts';
import { providerFiles } from '../../runtime/devices/cuda.ts';
import { isZip, unzipOne, zipNames } from '../../tensor/zip.ts';

export interface CudaSource {
  /** The path as the user gave it, for errors. */
  readonly path: string;
  /** The version of ONNX Runtime; undefined without a CUDA provider. */
  readonly version?: string;
  /** Reads one of ONNX Runtime's libraries, by name; undefined without a CUDA provider. */
  readonly read?: (name: string) => Promise<Uint8Array>;
  /** Folders that may contain NVIDIA's libraries. */
  readonly libraries: readonly string[];
}

const inWheel = 'onnxruntime/capi';
const wheelName = 'onnxruntime-gpu';

/** @throws `FileError` when it is neither, or another package */
export async function openCudaSource(path: string): Promise<CudaSource> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return fromFolder(path);
  return fromWheel(path, await readRegular(path));
}

/** The version must match exactly: the libraries use each other's internals. */
function fromWheel(path: string, bytes: Uint8Array): CudaSource {
  if (!isZip(bytes))
    throw new FileError(path, `is neither a wheel (a zip archive) of ${wheelName} nor a folder`);
  const names = aboutFile(path, () => zipNames(bytes));
  const metadata = names.find((name) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  if (metadata === undefined) throw new FileError(path, `is a zip archive, but not a wheel of ${wheelName}`);
  const version = checkedVersion(
    path,
    new TextDecoder().decode(aboutFile(path, () => unzipOne(bytes, metadata))),
  );
  if (!providerFiles.every((name) => names.includes(`${inWheel}/${name}`))) {
    throw new FileError(
      path,
      `has no ${inWheel}/${providerFiles[1]}; the wheel for Linux on x86-64 is needed`,
    );
  }
  return {
    path,
    version,
    read: async (name) => aboutFile(path, () => unzipOne(bytes, `${inWheel}/${name}`)),
    libraries: librariesBeside(dirname(resolve(path))),
  };
}

/**
 * The version in a package's METADATA, which has the form of mail headers.
 * @throws when the package is not onnxruntime-gpu
 */
function checkedVersion(path: string, metadata: string): string {
  const { name, version } = fieldsOf(metadata);
  if (name.replaceAll('_', '-').toLowerCase() !== wheelName) {
    const lacks = name === 'onnxruntime' ? ', which has no CUDA' : '';
    throw new FileError(path, `is the package '${name}'${lacks}; ${wheelName} is needed`);
  }
  return version;
}

function fieldsOf(metadata: string): { name: string; version: string } {
  const field = (key: string): string => new RegExp(`^${key}:\\s*(\\S+)`, 'mi').exec(metadata)?.[1] ?? '';
  return { name: field('Name'), version: field('Version') };
}

async function fromFolder(path: string): Promise<CudaSource> {
  const root = resolve(path);
  const capi = [root, join(root, 'capi'), join(root, inWheel)].find((one) =>
    providerFiles.every((name) => existsSync(join(one, name))),
  );
  // NVIDIA's libraries are in `nvidia/*/lib`, beside the package `onnxruntime`.
  const site = capi === undefined ? root : dirname(dirname(capi));
  const libraries = [...new Set([...librariesBeside(site), ...librariesBeside(root), root])];
  if (capi === undefined) return { path, libraries };
  return {
    path,
    version: versionBeside(path, capi),
    read: (name) => readBytes(join(capi, name)),
    libraries,
  };
}

/** The version of an unpacked package, from its metadata, else from its Python source. */
function versionBeside(path: string, capi: string): string {
  const site = dirname(dirname(capi));
  const found = readdirSync(site)
    .filter((name) => /^onnxruntime[\w.]*-.*\.dist-info$/.test(name))
    .map((name) => join(site, name, 'METADATA'))
    .filter((file) => existsSync(file))
    .map((file) => fieldsOf(readFileSync(file, 'utf8')));
  const own = found.find(({ name }) => name.replaceAll('_', '-') === wheelName);
  if (own?.version) return own.version;
  const source = join(dirname(capi), '__init__.py');
  const said =
    basename(dirname(capi)) === 'onnxruntime' && existsSync(source)
      ? /^__version__\s*=\s*["']([^"']+)["']/m.exec(readFileSync(source, 'utf8'))?.[1]
      : undefined;
  if (said === undefined) {
    throw new FileError(
      path,
      `has neither ${wheelName}-VERSION.dist-info nor onnxruntime/__init__.py, so the version of ONNX Runtime is unknown`,
    );
  }
  return said;
}

function librariesBeside(site: string): string[] {
  const nvidia = join(site, 'nvidia');
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia)
    .map((name) => join(nvidia, name, 'lib'))
    .filter((folder) => existsSync(folder));
}
