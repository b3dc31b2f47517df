/** `devices`: what there is on this machine, and what `--cuda-from` says of a wrong file; and `--gpu`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hrm, hrmOutput, newFolder } from './helpers/cli.ts';
import { gpus } from './helpers/gpu-devices.ts';
import { madeProvider, madeWheel } from './helpers/made-elf.ts';

const work = newFolder();
const model = join(import.meta.dirname, '..', 'models', 'scenes.onnx');
const cuda = gpus.find(({ device }) => device === 'cuda')?.works;
const onLinux = process.platform === 'linux' && process.arch === 'x64';

interface Listed {
  readonly device: string;
  readonly works: boolean;
  readonly gflops?: number;
  readonly reason?: string;
  readonly commands?: readonly string[];
}

test('lists each device as JSON', async () => {
  const { devices, auto, onnxruntime } = JSON.parse(await hrmOutput(work, 'devices', '--json'));
  expect(onnxruntime).toMatch(/^\d+\.\d+\.\d+/);
  const [cpu, ...others]: Listed[] = devices;
  expect(cpu).toMatchObject({ device: 'cpu', works: true, name: expect.stringMatching(/, \d+ cores?$/) });
  expect(cpu.gflops).toBeGreaterThan(0.1);
  expect(others.map(({ device }) => device)).toEqual(expect.arrayContaining(['cuda', 'webgpu']));
  for (const { device, works } of gpus)
    expect(others.find((one) => one.device === device)?.works).toBe(works);
  for (const { works, reason } of others) expect(typeof reason).toBe(works ? 'undefined' : 'string');
  expect(['cpu', 'cuda', 'webgpu']).toContain(auto.device);
});

test('lists each device as text', async () => {
  const lines = (await hrmOutput(work, 'devices')).trim().split('\n');
  expect(lines[0]).toMatch(/^--device auto uses (cpu|cuda|webgpu): /);
  expect(lines[2]).toMatch(/^cpu {5}works: .*, [\d.]+ [GT]FLOP\/s$/);
  if (cuda || !onLinux) return;
  expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^cuda +does not work: /)]));
});

test.runIf(onLinux)('--cuda-from rejects unsuitable files in one line', async () => {
  const wheel = join(work, 'old.whl');
  writeFileSync(wheel, madeWheel('onnxruntime-gpu', '1.2.3', madeProvider()));
  for (const [from, reason] of [
    [
      'old.whl',
      /^error: old\.whl: is for ONNX Runtime 1\.2\.3; onnxruntime-node is .*, and both must be the same\n$/,
    ],
    ['none.whl', /^error: none\.whl: no such file\n$/],
    [
      model,
      /^error: .*scenes\.onnx: is neither a wheel \(a zip archive\) of onnxruntime-gpu nor a folder\n$/,
    ],
  ] as const) {
    const { code, stdout, stderr } = await hrm(work, 'devices', '--cuda-from', from);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(reason);
  }
  expect((await hrm(work, 'devices', '--json', '--cuda-from', 'old.whl')).code).toBe(2);
});

const explain = (...options: string[]): ReturnType<typeof hrm> =>
  hrm(work, 'explain', 'nowhere.png', '--weight-dir', model, '--out', 'out', ...options);

test.each([
  [['--gpu', '1'], 'error: --gpu needs --device cuda or auto, got cpu\n'],
  [['--gpu', '0', '--device', 'cpu'], 'error: --gpu needs --device cuda or auto, got cpu\n'],
  [
    ['--gpu', '1', '--device', 'webgpu'],
    'error: --gpu needs --device cuda or auto, got webgpu; the GPU of WebGPU cannot be chosen\n',
  ],
  [
    ['--gpu', '-1'],
    "error: option '--gpu <n>' argument '-1' is invalid. A whole number from 0 to 255 is needed.\n",
  ],
] as const)('%j is wrong usage', async (options, said) => {
  expect(await explain(...options)).toEqual({ code: 2, stdout: '', stderr: said });
});

test.skipIf(cuda)('--gpu uses CUDA or fails, also with auto', async () => {
  for (const device of ['cuda', 'auto']) {
    const { code, stderr } = await explain('--gpu', '1', '--device', device);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: device 'cuda:1': .*\n$/);
  }
});

test('a device on the command line overrides --gpu of the project file, which needs cuda', async () => {
  writeFileSync(join(work, 'hrm.config.json'), '{ "gpu": 1 }');
  const none = 'error: nowhere.png: no such file\n';
  expect((await explain()).stderr).toBe(none);
  expect((await explain('--device', 'cpu')).stderr).toBe(none);
  writeFileSync(join(work, 'hrm.config.json'), '{ "gpu": 1, "device": "webgpu" }');
  expect((await explain()).code).toBe(2);
  expect((await explain('--device', 'cpu')).stderr).toBe(none);
  if (!cuda) expect((await explain('--device', 'cuda')).stderr).toMatch(/^error: device 'cuda:1': /);
});
