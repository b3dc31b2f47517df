import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { newFolder } from '../../../test/helpers/cli.ts';
import { madeElf } from '../../../test/helpers/made-elf.ts';
import { cudaIsPossible, cudaParts, hasProvider, linkedLibraries, linkFolder } from './cuda.ts';
import { findLibrary } from './find-library.ts';

// Names that no machine has, so that none of them is installed by chance.
const needs = ['libcublas.so.99', 'libcudart.so.99'];

afterEach(() => vi.unstubAllEnvs());

function packageFolder(): string {
  const folder = newFolder();
  writeFileSync(join(folder, 'libonnxruntime_providers_shared.so'), madeElf([]));
  writeFileSync(join(folder, 'libonnxruntime_providers_cuda.so'), madeElf(needs));
  return folder;
}

test('without the provider, lists the libraries it usually needs', () => {
  const { provider, missing } = cudaParts(newFolder());
  expect(provider).toBe(false);
  if (findLibrary('libcuda.so.1') === undefined) expect(missing).toContain('libcuda.so.1');
});

test('a damaged provider counts as missing', () => {
  const folder = packageFolder();
  expect(hasProvider(folder)).toBe(true);
  writeFileSync(join(folder, 'libonnxruntime_providers_cuda.so'), madeElf(needs).subarray(0, 100));
  expect(hasProvider(folder)).toBe(false);
  expect(cudaParts(folder).provider).toBe(false);
});

test.runIf(cudaIsPossible)(
  "libraries found by the loader or linked are not missing; the loader's come first",
  () => {
    const folder = packageFolder();
    expect(cudaParts(folder).missing).toEqual(expect.arrayContaining(needs));
    const [onPath, linked, links] = [newFolder(), newFolder(), join(folder, linkFolder)];
    mkdirSync(links);
    for (const name of needs) {
      writeFileSync(join(linked, name), madeElf([]));
      symlinkSync(join(linked, name), join(links, name));
    }
    symlinkSync('/nowhere', join(links, 'libcurand.so.99'));
    expect(cudaParts(folder).missing).not.toEqual(expect.arrayContaining(needs));
    // Libraries that others need come first.
    expect(linkedLibraries(folder)).toEqual([join(linked, needs[1]), join(linked, needs[0])]);
    writeFileSync(join(onPath, needs[0]), madeElf([]));
    vi.stubEnv('LD_LIBRARY_PATH', `/nowhere:${onPath}`);
    expect(linkedLibraries(folder)).toEqual([join(linked, needs[1])]);
  },
);
