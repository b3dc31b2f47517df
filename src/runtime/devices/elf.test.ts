import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newFolder } from '../../../test/helpers/cli.ts';
import { madeElf } from '../../../test/helpers/made-elf.ts';
import { FileError } from '../../errors/file-error.ts';
import { neededByBytes, neededLibraries } from './elf.ts';

const needed = ['libcudart.so.13', 'libc.so.6'];

test('reads the libraries that a library needs, from a file and from memory', () => {
  const path = join(newFolder(), 'lib.so');
  writeFileSync(path, madeElf(needed));
  expect(neededLibraries(path)).toEqual(needed);
  expect(neededByBytes(madeElf([]), 'lib.so')).toEqual([]);
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')('reads those of a real library', () => {
  const node = process.report.getReport() as unknown as { sharedObjects: string[] };
  const library = node.sharedObjects.find((path) => path.includes('libstdc++')) as string;
  expect(neededLibraries(library)).toContain('libc.so.6');
});

test.each([
  ['not a shared library (ELF)', new TextEncoder().encode('GROUP ( /lib64/libc.so.6 AS_NEEDED )')],
  ['a library for ARM64; one for x86-64 is needed', madeElf(needed, 183)],
  ['damaged or cut short: not a complete library', madeElf(needed).subarray(0, 150)],
  ['damaged or cut short: not a complete library', new Uint8Array(3)],
])('%s', (reason, bytes) => {
  expect(() => neededByBytes(bytes, 'a.so')).toThrow(`a.so: ${reason}`);
});

test('reads damaged libraries or rejects them with an error', () => {
  const whole = madeElf(needed);
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(whole.length), (changes, length) => {
      const bytes = Uint8Array.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        neededByBytes(bytes.subarray(0, length), 'a.so');
      } catch (error) {
        expect(error).toBeInstanceOf(FileError);
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});
