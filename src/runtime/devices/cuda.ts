/**
 * What CUDA needs besides a card and its driver: ONNX Runtime's two libraries for it, which its package for
 * Node lacks, and NVIDIA's own, of CUDA and cuDNN.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { neededLibraries } from './elf.ts';
import { findLibrary } from './find-library.ts';
import { ortPackage } from './ort-package.ts';

/** ONNX Runtime loads these from its own folder; the second one loads NVIDIA's. */
export const providerFiles = [
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_cuda.so',
] as const;

/**
 * The folder, beside ONNX Runtime's library, with links to NVIDIA's libraries that the loader does not find
 * by itself.
 */
export const linkFolder = 'cuda-libraries';

/** Part of NVIDIA's driver, and of no other package. */
export const driverLibrary = 'libcuda.so.1';

/** Loaded by name at run time, so the provider's file does not list it. */
const dnn = 'libcudnn.so.9';
/** The libraries that ONNX Runtime 1.30 needs; an installed provider lists its own. */
const usual: readonly string[] = [
  'libcudart.so.13',
  'libcublasLt.so.13',
  'libcublas.so.13',
  'libcurand.so.10',
  driverLibrary,
];

/** Whether ONNX Runtime exists with CUDA for this machine. */
export const cudaIsPossible: boolean = process.platform === 'linux' && process.arch === 'x64';

export interface CudaParts {
  /** Whether ONNX Runtime's libraries for CUDA are installed and undamaged. */
  readonly provider: boolean;
  /** Needed libraries that are not found, the driver's included. */
  readonly missing: readonly string[];
}

/**
 * Which parts of CUDA are installed.
 * @param folder of ONNX Runtime's library; default: that of the installed package
 */
export function cudaParts(folder: string = ortPackage().folder): CudaParts {
  const missing = libraries(folder).filter(
    (name) => findLibrary(name) === undefined && !existsSync(join(folder, linkFolder, name)),
  );
  return { provider: hasProvider(folder), missing };
}

/** NVIDIA's libraries that the loader does not find by itself. */
export function unresolvedLibraries(folder: string): string[] {
  return libraries(folder).filter((name) => findLibrary(name) === undefined);
}

function libraries(folder: string): string[] {
  if (!hasProvider(folder)) return [...usual, dnn];
  return [...new Set([...neededLibraries(join(folder, providerFiles[1])), dnn])];
}

/** Whether ONNX Runtime's libraries for CUDA are installed, and undamaged as far as their headers show. */
export function hasProvider(folder: string): boolean {
  try {
    for (const name of providerFiles) neededLibraries(join(folder, name));
    return true;
  } catch {
    return false;
  }
}

/** Loading order: libraries that others need come first. */
const order: readonly RegExp[] = [/cudart/, /nvrtc/, /cublasLt/, /cublas/, /curand/, /cufft/, /cudnn/];

/**
 * The linked libraries, in the order in which they must be loaded before ONNX Runtime loads its provider: the
 * loader then uses them for the names that the provider lists. `LD_LIBRARY_PATH` takes precedence.
 */
export function linkedLibraries(folder: string = ortPackage().folder): string[] {
  const links = join(folder, linkFolder);
  if (!cudaIsPossible || !existsSync(links)) return [];
  const turn = (name: string): number => {
    const at = order.findIndex((pattern) => pattern.test(name));
    return at < 0 ? order.length : at;
  };
  return (
    readdirSync(links)
      .filter((name) => existsSync(join(links, name)) && findLibrary(name) === undefined)
      .sort((a, b) => turn(a) - turn(b))
      // By their real paths, where they find the libraries beside them.
      .map((name) => realpathSync(join(links, name)))
  );
}

/** Handles of loaded libraries, which keep them loaded; one list for the process, as the loader's own. */
const held: unknown[] = [];

/** Loads NVIDIA's linked libraries, once. If one cannot be loaded, ONNX Runtime reports it later. */
export async function loadLinkedLibraries(): Promise<void> {
  if (held.length > 0) return;
  const files = linkedLibraries();
  if (files.length === 0) return;
  const { default: koffi } = await import('koffi');
  for (const file of files) {
    try {
      held.push(koffi.load(file));
    } catch {
      // ONNX Runtime will report it.
    }
  }
}
