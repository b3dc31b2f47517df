/**
 * Copies ONNX Runtime's libraries for CUDA beside its own, and links those of NVIDIA's that the loader would
 * not find.
 */
import { constants, existsSync } from 'node:fs';
import { access, mkdir, open, rename, rm, statfs, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cannotWrite, replaceWhole } from '../../data/files/write-file.ts';
import { FileError } from '../../errors/file-error.ts';
import { hasProvider, linkFolder, providerFiles, unresolvedLibraries } from '../../runtime/devices/cuda.ts';
import { neededByBytes } from '../../runtime/devices/elf.ts';
import type { OrtPackage } from '../../runtime/devices/ort-package.ts';
import { openCudaSource } from './cuda-source.ts';

export interface InstalledCuda {
  readonly folder: string;
  /** Files added to the folder. */
  readonly files: readonly string[];
  readonly links: readonly { readonly name: string; readonly file: string }[];
}

/** What depends on the machine; tests replace it. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Free bytes on the file system of a folder. */
  readonly room: (folder: string) => Promise<number>;
}

const here: Machine = {
  platform: process.platform,
  arch: process.arch,
  room: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/**
 * @param from a wheel of onnxruntime-gpu, or a folder that pip installed it to. Of a folder without ONNX
 * Runtime, only NVIDIA's libraries are used
 * @throws when it has another version, is damaged or for other machines, or when space or permission is
 * missing
 */
export async function installCuda(
  from: string,
  { version, folder }: OrtPackage,
  { platform, arch, room }: Machine = here,
): Promise<InstalledCuda> {
  if (platform !== 'linux' || arch !== 'x64') {
    throw new Error(
      `--cuda-from: ONNX Runtime for Node has CUDA only on Linux x64; this is ${platform} ${arch}`,
    );
  }
  const source = await openCudaSource(from);
  if (source.read === undefined && !hasProvider(folder)) {
    throw new FileError(
      from,
      `has no onnxruntime/capi/${providerFiles[1]}; onnxruntime-gpu ${version} is needed`,
    );
  }
  if (source.version !== undefined && source.version !== version) {
    throw new FileError(
      from,
      `is for ONNX Runtime ${source.version}; onnxruntime-node is ${version}, and both must be the same`,
    );
  }
  const files: { name: string; content: Uint8Array }[] = [];
  for (const name of source.read ? providerFiles : []) {
    const content = (await source.read?.(name)) as Uint8Array;
    neededByBytes(content, `${from}: ${name}`);
    files.push({ name, content });
  }
  await checkRoom(
    folder,
    files.reduce((sum, { content }) => sum + content.length, 0),
    room,
  );
  await placeWhole(folder, files);
  const links = await linkLibraries(folder, source.libraries);
  if (files.length === 0 && links.length === 0) {
    throw new FileError(
      from,
      `has neither onnxruntime/capi/${providerFiles[1]} nor, in nvidia/*/lib, a library that the loader cannot find on its own`,
    );
  }
  return { folder, files: files.map(({ name }) => name), links };
}

async function checkRoom(folder: string, bytes: number, room: Machine['room']): Promise<void> {
  await access(folder, constants.W_OK).catch((error) => {
    throw cannotWrite(folder, error);
  });
  const free = await room(folder);
  if (free < bytes) {
    const mb = (n: number): string => `${Math.ceil(n / 1e6)} MB`;
    throw new Error(`cannot write ${folder}: needs ${mb(bytes)}, ${mb(free)} are free`);
  }
}

/** Writes all files beside their destinations before the first is renamed. */
async function placeWhole(
  folder: string,
  files: readonly { readonly name: string; readonly content: Uint8Array }[],
): Promise<void> {
  const aside = (name: string): string => join(folder, `.${name}.${process.pid}.tmp`);
  try {
    for (const { name, content } of files) {
      const file = await open(aside(name), 'w', 0o644);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const { name } of files) await rename(aside(name), join(folder, name));
  } catch (error) {
    for (const { name } of files) await rm(aside(name), { force: true }).catch(() => {});
    throw cannotWrite(folder, error);
  }
}

/** Optional, and never reported as missing: cuDNN compiles kernels with it. */
const compiler = /^libnvrtc\.so/;

async function linkLibraries(folder: string, places: readonly string[]): Promise<InstalledCuda['links']> {
  const names = unresolvedLibraries(folder);
  const cuda = names.map((name) => /^libcudart\.so\.(\d+)$/.exec(name)?.[1]).find((found) => found);
  const wanted = cuda === undefined ? names : [...names, `libnvrtc.so.${cuda}`];
  const links: { name: string; file: string }[] = [];
  for (const name of wanted) {
    const file = places.map((place) => join(place, name)).find((path) => existsSync(path));
    if (file === undefined) continue;
    await link(join(folder, linkFolder), name, file);
    if (!compiler.test(name)) links.push({ name, file });
  }
  return links;
}

async function link(folder: string, name: string, file: string): Promise<void> {
  const path = join(folder, name);
  try {
    await mkdir(folder, { recursive: true });
    await replaceWhole(path, (temporary) => symlink(file, temporary));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
