import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder } from '../../../test/helpers/cli.ts';
import { madeElf } from '../../../test/helpers/made-elf.ts';
import { findLibrary } from './find-library.ts';

const name = 'libmade.so.1';

function withLibrary(machine?: number): string {
  const folder = newFolder();
  writeFileSync(join(folder, name), madeElf([], machine));
  return folder;
}

test("searches folders, then the loader's list, then the default folders", () => {
  const [first, listed, last] = [withLibrary(), withLibrary(), withLibrary()];
  const cache = join(newFolder(), 'ld.so.cache');
  writeFileSync(
    cache,
    `glibc-ld.so.cache1.1\x01\x02${name}\0/gone/${name}\0${join(listed, name)}\0`,
    'latin1',
  );
  const places = { folders: [first], cache, defaults: [last] };
  expect(findLibrary(name, places)).toBe(join(first, name));
  expect(findLibrary(name, { ...places, folders: ['/nowhere'] })).toBe(join(listed, name));
  expect(findLibrary(name, { folders: [], cache: '/nowhere', defaults: [last] })).toBe(join(last, name));
  expect(findLibrary('libother.so.1', places)).toBeUndefined();
});

test.runIf(process.arch === 'x64')('skips libraries for other processors', () => {
  const [arm, own] = [withLibrary(183), withLibrary()];
  expect(findLibrary(name, { folders: [arm, own], cache: '/nowhere', defaults: [] })).toBe(join(own, name));
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'finds a library that every Linux has',
  () => {
    expect(findLibrary('libc.so.6')).toMatch(/libc\.so\.6$/);
  },
);
