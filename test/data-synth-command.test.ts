import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { synthCommand } from '../src/cli/synth.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'synth-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

const run = (...args: string[]): Promise<Command> =>
  synthCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(['--out', join(dir, 'out'), ...args], { from: 'user' });

test('writes the requested scenes and reports them in one line', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await run('--classes', '2', '--train', '4', '--test', '2', '--size', '32', '--seed', '-3');
  expect(readdirSync(join(dir, 'out')).sort()).toEqual(['boxes.json', 'masks', 'test', 'train']);
  expect(log).toHaveBeenCalledOnce();
  expect(log.mock.calls[0][0]).toMatch(
    /^4 training and 2 test scenes of 2 classes \(disc, square\), 32 x 32 pixels, written to .*out in [\d.]+ s$/,
  );
});

test.each([
  ['--classes', 'x', "argument 'x' is invalid. A whole number from 2 to 12 is needed."],
  ['--classes', '13', "argument '13' is invalid"],
  ['--train', '5', '--train must be at least one scene per class, 6, got 5'],
  ['--test', '1e3', "argument '1e3' is invalid"],
  ['--size', '31', 'A whole number from 32 to 4096 is needed.'],
  ['--seed', '0.5', "argument '0.5' is invalid"],
])('%s %s is an error', async (option, value, message) => {
  await expect(run(option, value)).rejects.toThrow(message);
  expect(readdirSync(dir)).toEqual([]);
});
