/** `hrm memory`: what it prints, and what it makes of bad input. */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hrm, hrmOutput, newFolder, tree } from './helpers/cli.ts';

const work = newFolder();
const small = ['memory', '--batch-size', '2', '--im-size', '32', '--num-classes', '3'];

interface Report {
  parts: { what: string; bytes: number }[];
  total: number;
  machine: { total: number; free: number };
  largest: number;
}

test('prints every part, the sum, and the largest batch for this machine', async () => {
  const text = await hrmOutput(work, ...small);
  expect(text).toMatch(/^train half: 32 x 32, batch 2, adadelta\n/);
  for (const what of ['feature maps and gradients of a step', 'validation, batches of 32', 'in all']) {
    expect(text).toMatch(new RegExp(`^ +\\d+\\.\\d\\d GB {2}${what}$`, 'm'));
  }
  expect(text).toMatch(/^This machine has \d+\.\d\d GB, of which \d+\.\d\d GB is free\. It fits\.$/m);
  expect(text).toMatch(/^The largest batch that fits: \d+$/m);
  expect(tree(work)).toEqual([]);
});

test('prints the memory of an expansion on any classifier', async () => {
  copyFileSync(new URL('golden/classifiers/mobilenetv2.onnx', import.meta.url), join(work, 'any.onnx'));
  const on = ['memory', '--batch-size', '4', '--half-weight-dir', 'any.onnx'];
  const text = await hrmOutput(work, ...on);
  expect(text).toMatch(/^train full on any\.onnx, batch 4, adamw\n/);
  for (const what of ['feature maps of the classifier', 'feature maps that go to the step', 'in all']) {
    expect(text).toMatch(new RegExp(`^ +\\d+\\.\\d\\d GB {2}${what}$`, 'm'));
  }
  const report = async (...more: string[]): Promise<Report> =>
    JSON.parse(await hrmOutput(work, ...on, ...more, '--json'));
  const labels = ({ parts }: Report): number | undefined =>
    parts.find(({ what }) => what === 'soft labels')?.bytes;
  expect(labels(await report('--images', '100'))).toBe(100 * 24 * 24);
  const refused = await hrm(work, ...on, '--channels', '1');
  expect(refused).toMatchObject({
    code: 2,
    stderr: 'error: --half-weight-dir cannot be used with --channels\n',
  });
  rmSync(join(work, 'any.onnx'));
});

test('prints the same as JSON, in bytes', async () => {
  const report = async (...more: string[]): Promise<Report> =>
    JSON.parse(await hrmOutput(work, ...small, ...more, '--json'));
  const half = await report();
  expect(half.parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(half.total);
  expect(half.machine.free).toBeLessThanOrEqual(half.machine.total);
  expect(half.total).toBeLessThan(half.machine.free);
  expect(half.largest).toBeGreaterThan(2);
  const kept = ({ parts }: Report): number | undefined =>
    parts.find(({ what }) => what === 'decoded pictures that are kept')?.bytes;
  expect(kept(await report('--images', '1000'))).toBe(1000 * 32 * 32 * 3);
  expect(kept(await report('--images', '1000000'))).toBe(512 * 2 ** 20);
  const full = await report('--type', 'full');
  expect(full.parts.map(({ what }) => what)).not.toContain('validation, batches of 32');
  // The default is what `train full` trains; another expansion needs another step.
  const sumOf = ({ parts }: Report): number | undefined =>
    parts.find(({ what }) => what === 'feature maps and gradients of a step')?.bytes;
  expect(sumOf(await report('--type', 'full', '--expansion', 'tied-image'))).toBe(sumOf(full));
  expect(sumOf(await report('--type', 'full', '--expansion', 'reconstruction'))).not.toBe(sumOf(full));
});

test.each([
  [
    '--batch-size 0',
    "error: option '--batch-size <n>' argument '0' is invalid. A whole number from 1 to 65536 is needed.",
  ],
  [
    '--batch-size 2.5',
    "error: option '--batch-size <n>' argument '2.5' is invalid. A whole number from 1 to 65536 is needed.",
  ],
  ['--im-size 32', "error: required option '--batch-size <n>' not specified"],
  [
    '--batch-size 2 --im-size 100',
    "error: option '--im-size <n>' argument '100' is invalid. A multiple of 32 up to 4096 is needed.",
  ],
  [
    '--batch-size 2 --type quarter',
    "error: option '--type <type>' argument 'quarter' is invalid. Allowed choices are half, full.",
  ],
  [
    '--batch-size 2 --images -1',
    "error: option '--images <n>' argument '-1' is invalid. A whole number >= 0 is needed.",
  ],
  ['--batch-size 2 --device auto', "error: unknown option '--device'"],
])('memory %s: wrong usage', async (args, error) => {
  const { code, stdout, stderr } = await hrm(work, 'memory', ...args.split(' '));
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `${error}\n` });
});
