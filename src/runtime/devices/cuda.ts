/**
 * What CUDA needs beside a card and its driver: ONNX Runtime's two libraries for it, which its package for Node lacks, and
 * NVIDIA's own, of CUDA and cuDNN.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { neededLibraries } from './elf.ts';
import { findLibrary } from './find-library.ts';
import { ortPackage } from './ort-package.ts';

/** ONNX Runtime loads these from its own folder; the second loads NVIDIA's. */
export const providerFiles = [
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_cuda.so',
] as const;

/** The folder, beside ONNX Runtime's library, of links to those of NVIDIA's libraries that the loader does not find by itself. */
export const linkFolder = 'cuda-libraries';

/** NVIDIA's driver has it; no other package does. */
export const driverLibrary = 'libcuda.so.1';

/** Loaded by its name while it runs, so not among those that the provider's file names. */
const dnn = 'libcudnn.so.9';
/** What ONNX Runtime 1.30 needs; an installed provider names its own. */
const usual: readonly string[] = [
  'libcudart.so.13',
  'libcublasLt.so.13',
  'libcublas.so.13',
  'libcurand.so.10',
  driverLibrary,
];

/** Whether ONNX Runtime has CUDA for this machine at all. */
export const cudaIsPossible: boolean = process.platform === 'linux' && process.arch === 'x64';

export interface CudaParts {
  /** Whether ONNX Runtime's libraries for CUDA are there, undamaged. */
  readonly provider: boolean;
  /** Those that it needs and that are found nowhere, the driver's among them. */
  readonly missing: readonly string[];
}

/** What of CUDA is there. @param folder of ONNX Runtime's library; default: that of the installed package */
export function cudaParts(folder: string = ortPackage().folder): CudaParts {
  const missing = libraries(folder).filter(
    (name) => findLibrary(name) === undefined && !existsSync(join(folder, linkFolder, name)),
  );
  return { provider: hasProvider(folder), missing };
}

/** NVIDIA's libraries that the loader does not find by itself. */
export function notOnThePath(folder: string): string[] {
  return libraries(folder).filter((name) => findLibrary(name) === undefined);
}

function libraries(folder: string): string[] {
  if (!hasProvider(folder)) return [...usual, dnn];
  return [...new Set([...neededLibraries(join(folder, providerFiles[1])), dnn])];
}

/** Whether ONNX Runtime's libraries for CUDA are there, and whole as far as their beginnings tell. */
export function hasProvider(folder: string): boolean {
  try {
    for (const name of providerFiles) neededLibraries(join(folder, name));
    return true;
  } catch {
    return false;
  }
}

/** A library's turn: those that others need come first. */
const order: readonly RegExp[] = [/cudart/, /nvrtc/, /cublasLt/, /cublas/, /curand/, /cufft/, /cudnn/];

/**
 * The linked libraries, which must be loaded before ONNX Runtime loads its provider, in their order: the loader then takes them for
 * the ones that the provider names. `LD_LIBRARY_PATH` goes before them.
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
      // Where they really lie, they find the libraries beside them.
      .map((name) => realpathSync(join(links, name)))
  );
}

/** Loaded libraries stay so while something holds them; one for the whole process, as the loader's own list is. */
const held: unknown[] = [];

/** Loads NVIDIA's linked libraries, once. Where one cannot be loaded, ONNX Runtime's own error says so later. */
export async function loadLinkedLibraries(): Promise<void> {
  if (held.length > 0) return;
  const files = linkedLibraries();
  if (files.length === 0) return;
  const { default: koffi } = await import('koffi');
  for (const file of files) {
    try {
      held.push(koffi.load(file));
    } catch {
      // ONNX Runtime will name it.
    }
  }
}
