import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder } from '../../../test/helpers/cli.ts';
import { cudaNeeds, madeElf, madeProvider, madeWheel } from '../../../test/helpers/made-elf.ts';
import { findLibrary } from '../../runtime/devices/find-library.ts';
import { type OrtPackage, ortPackage, ortPackageAt } from '../../runtime/devices/ort-package.ts';
import { installCuda, type Machine } from './install-cuda.ts';

const linux: Machine = { platform: 'linux', arch: 'x64', room: async () => 1e12 };
const both = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];

const target = (version = '1.30.0'): OrtPackage => ({ version, folder: newFolder() });

function save(name: string, bytes: Uint8Array): string {
  const path = join(newFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

const wheel = (version = '1.30.0', files = madeProvider(), name = 'onnxruntime-gpu'): string =>
  save(`${name}.whl`, madeWheel(name, version, files));

/** What pip makes of a wheel. @param metadata whether with its dist-info */
function sitePackages(metadata: 'dist-info' | 'source' | 'neither'): string {
  const site = newFolder();
  for (const [name, bytes] of Object.entries(madeProvider())) {
    mkdirSync(dirname(join(site, name)), { recursive: true });
    writeFileSync(join(site, name), bytes);
  }
  if (metadata === 'source') {
    writeFileSync(join(site, 'onnxruntime/__init__.py'), 'import x\n__version__ = "1.30.0"\n');
  }
  if (metadata === 'dist-info') {
    for (const [name, version] of [
      ['onnxruntime', '1.2.0'],
      ['onnxruntime-gpu', '1.30.0'],
    ]) {
      const folder = join(site, `${name.replace('-', '_')}-${version}.dist-info`);
      mkdirSync(folder);
      writeFileSync(join(folder, 'METADATA'), `Name: ${name}\nVersion: ${version}\n`);
    }
  }
  return site;
}

test('installs from a wheel', async () => {
  const { version, folder } = target();
  writeFileSync(join(folder, both[1]), 'an older one');
  expect(await installCuda(wheel(), { version, folder }, linux)).toMatchObject({ folder, links: [] });
  expect(readdirSync(folder).sort()).toEqual(both);
  for (const name of both) {
    const content = madeProvider()[`onnxruntime/capi/${name}`];
    expect(Uint8Array.from(readFileSync(join(folder, name)))).toEqual(Uint8Array.from(content));
  }
});

test.each([
  ['what pip installed', '.', 'dist-info'],
  ['the package in it', 'onnxruntime', 'source'],
  ['the folder with its libraries', 'onnxruntime/capi', 'dist-info'],
] as const)('installs from a folder: %s', async (_, path, metadata) => {
  const { version, folder } = target();
  await installCuda(join(sitePackages(metadata), path), { version, folder }, linux);
  expect(readdirSync(folder).sort()).toEqual(both);
});

test("links NVIDIA's libraries beside it, also later", async () => {
  const { version, folder } = target();
  const needs = cudaNeeds.filter((name) => findLibrary(name) === undefined);
  const site = sitePackages('dist-info');
  mkdirSync(join(site, 'nvidia/cu13/lib'), { recursive: true });
  for (const name of needs) writeFileSync(join(site, 'nvidia/cu13/lib', name), madeElf([]));
  const { links } = await installCuda(site, { version, folder }, linux);
  expect(links).toEqual(needs.map((name) => ({ name, file: join(site, 'nvidia/cu13/lib', name) })));
  for (const { name, file } of links) expect(readlinkSync(join(folder, 'cuda-libraries', name))).toBe(file);
  // Of a folder with nothing but these.
  const other = newFolder();
  mkdirSync(join(other, 'nvidia/cudnn/lib'), { recursive: true });
  writeFileSync(join(other, 'nvidia/cudnn/lib/libcudnn.so.9'), madeElf([]));
  const more = await installCuda(other, { version, folder }, linux);
  expect(more.files).toEqual([]);
  if (findLibrary('libcudnn.so.9') === undefined) {
    expect(lstatSync(join(folder, 'cuda-libraries/libcudnn.so.9')).isSymbolicLink()).toBe(true);
  }
});

test('rejects a folder that has none of the missing libraries', async () => {
  const { version, folder } = target();
  await installCuda(wheel(), { version, folder }, linux);
  const empty = newFolder();
  await expect(installCuda(empty, { version, folder }, linux)).rejects.toThrow(
    `${empty}: has neither onnxruntime/capi/libonnxruntime_providers_cuda.so nor, in nvidia/*/lib, a library`,
  );
});

const damaged = madeWheel('onnxruntime-gpu', '1.30.0', madeProvider());
const flipped = Uint8Array.from(damaged);
flipped[Buffer.from(damaged).indexOf('libcudart.so.13')] ^= 1;

test.each([
  [
    'is for ONNX Runtime 1.29.0; onnxruntime-node is 1.30.0, and both must be the same',
    () => wheel('1.29.0'),
  ],
  [
    "is the package 'onnxruntime', which has no CUDA; onnxruntime-gpu is needed",
    () => wheel('1.30.0', {}, 'onnxruntime'),
  ],
  ["is the package 'numpy'; onnxruntime-gpu is needed", () => wheel('2.0.0', {}, 'numpy')],
  [
    'has no onnxruntime/capi/libonnxruntime_providers_cuda.so; the wheel for Linux on x86-64 is needed',
    () => wheel('1.30.0', {}),
  ],
  [
    'libonnxruntime_providers_shared.so: a library for ARM64; one for x86-64 is needed',
    () => wheel('1.30.0', madeProvider(183)),
  ],
  ['damaged or cut short: the zip archive cannot be read', () => save('a.whl', damaged.subarray(0, -40))],
  ['damaged: the checksum of', () => save('a.whl', flipped)],
  [
    'is neither a wheel (a zip archive) of onnxruntime-gpu nor a folder',
    () => save('a.whl', new Uint8Array(9)),
  ],
  ['no such file', () => '/nowhere/a.whl'],
  ['has no onnxruntime/capi/libonnxruntime_providers_cuda.so; onnxruntime-gpu 1.30.0 is needed', newFolder],
  ['the version of ONNX Runtime is unknown', () => sitePackages('neither')],
])('rejects and changes nothing: %s', async (reason, make) => {
  const { version, folder } = target();
  const from = make();
  const said = await installCuda(from, { version, folder }, linux).then(
    () => 'no error',
    (error: Error) => error.message,
  );
  expect(said).toContain(reason);
  expect(said.startsWith(from)).toBe(true);
  expect(said).not.toContain('\n');
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  [{ platform: 'darwin', arch: 'arm64' }, 'this is darwin arm64'],
  [{ platform: 'linux', arch: 'arm64' }, 'this is linux arm64'],
  [{ room: async () => 100 }, /^cannot write .*: needs 1 MB, 1 MB are free$/],
])('rejects an unsuitable machine: %j', async (machine, reason) => {
  const { version, folder } = target();
  await expect(installCuda(wheel(), { version, folder }, { ...linux, ...machine })).rejects.toThrow(reason);
  expect(readdirSync(folder)).toEqual([]);
});

test('reports a folder that cannot be written', async () => {
  const { version, folder } = target();
  mkdirSync(join(folder, both[0]));
  writeFileSync(join(folder, both[0], 'file'), '');
  await expect(installCuda(wheel(), { version, folder }, linux)).rejects.toThrow(`cannot write ${folder}: `);
  expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  const gone = { version, folder: '/nowhere/at/all' };
  await expect(installCuda(wheel(), gone, linux)).rejects.toThrow('cannot write /nowhere/at/all: ');
});

test('finds the folder of ONNX Runtime for Node, whatever its name', () => {
  expect(existsSync(join(ortPackage().folder, 'onnxruntime_binding.node'))).toBe(true);
  const root = newFolder();
  writeFileSync(join(root, 'package.json'), '{ "version": "1.40.0" }');
  const none = `onnxruntime-node 1.40.0 has no library for ${process.platform} ${process.arch}`;
  expect(() => ortPackageAt(root)).toThrow(none);
  const folder = join(root, 'bin/napi-v9', process.platform, process.arch);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'onnxruntime_binding.node'), '');
  expect(ortPackageAt(root)).toEqual({ version: '1.40.0', folder });
});
