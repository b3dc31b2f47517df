/** The examples for schedulers do what they say, as far as one machine shows it. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { Job } from 'kubernetes-models/batch/v1';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { encodePng } from '../src/data/picture/write-picture.ts';
import { encodeModel } from '../src/models/model-file.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { camCase } from '../tools/reference/cam-case.ts';
import { hrm, newFolder, program, type Run } from './helpers/cli.ts';
import { tarOf } from './helpers/tar.ts';

const examples = join(import.meta.dirname, '..', 'examples');
const cwd = newFolder();
const at = (path: string): string => join(cwd, path);

beforeAll(async () => {
  mkdirSync(at('bin'));
  writeFileSync(at('half.onnx'), encodeModel(camCase().model));
  writeFileSync(at('bin/hrm'), `#!/bin/bash\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(at('bin/hrm'), 0o755);
  const { integer } = random(3);
  for (let t = 0; t < 4; t++) {
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < 2; i++) {
      const noise = tensor('uint8', [40, 50, 3]);
      for (let j = 0; j < noise.data.length; j++) noise.data[j] = integer(256);
      files[`${2 * t + i}.png`] = await encodePng(noise);
    }
    writeFileSync(at(`shards-00${t}.tar`), await tarOf(files));
  }
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** Runs a program with the model of this test, and `hrm` in its path. */
function run(env: Readonly<Record<string, string>>, file: string, ...args: readonly string[]): Promise<Run> {
  const { PATH, HOME = cwd } = process.env;
  const all = { PATH: `${at('bin')}${delimiter}${PATH}`, HOME, HRM_WEIGHT_DIR: 'half.onnx', ...env };
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env: all }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

async function keysOf(path: string): Promise<unknown[]> {
  const file = await asyncBufferFromFile(at(path));
  return (await parquetReadObjects({ file, columns: ['key'] })).map(({ key }) => key).sort();
}

const all = ['0', '1', '2', '3', '4', '5', '6', '7'];

test.skipIf(process.platform === 'win32')('Slurm: each task of an array explains its share', async () => {
  const script = join(examples, 'slurm/explain.sbatch');
  const text = readFileSync(script, 'utf8');
  expect(text).toMatch(/^#SBATCH --array=0-\d+$/m);
  // Behind the first command sbatch reads no options.
  expect(text.lastIndexOf('#SBATCH')).toBeLessThan(text.indexOf('\nset '));
  for (let task = 1; task <= 2; task++) {
    const array = { SLURM_ARRAY_TASK_ID: `${task}`, SLURM_ARRAY_TASK_COUNT: '2', SLURM_ARRAY_TASK_MIN: '1' };
    const given = { PICTURES: 'shards-{000..003}.tar', RESULTS: 'slurm', WRITE: 'none' };
    expect(await run({ ...array, ...given }, 'bash', script)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        `shard ${task - 1} of 2 (SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT): 2 of 4 files\n`,
      ),
    });
  }
  expect((await hrm(cwd, 'merge', 'slurm', '--out', 'slurm.parquet')).code).toBe(0);
  expect(await keysOf('slurm.parquet')).toEqual(all);
  expect((await run({ RESULTS: 'x' }, 'bash', script)).stderr).toMatch(
    /PICTURES: a folder, a list, or a pattern/,
  );
});

test.skipIf(process.platform === 'win32')(
  'Kubernetes: each pod of an Indexed Job explains its share',
  async () => {
    const text = readFileSync(join(examples, 'kubernetes/explain-job.yaml'), 'utf8');
    const job = new Job(parse(text));
    job.validate();
    const { completions = 0, template, ...rest } = job.spec ?? {};
    const pod = template?.spec;
    const { containers = [], volumes = [] } = pod ?? {};
    const [{ name, image, command = [], args: given = [], env: variables = [], volumeMounts = [] }] =
      containers;
    const { version } = JSON.parse(readFileSync(join(examples, '../package.json'), 'utf8'));
    expect(image).toMatch(new RegExp(`:${version}$`));
    // What the API server checks beyond the schema.
    expect(rest).toMatchObject({
      completionMode: 'Indexed',
      podFailurePolicy: { rules: [{ onExitCodes: { containerName: name } }, {}] },
    });
    expect(pod?.restartPolicy).toBe('Never');
    expect(volumes.map((one) => one.name)).toEqual(volumeMounts.map((one) => one.name));
    const env = Object.fromEntries(variables.map((one) => [one.name, one.value ?? '']));
    expect(Number(env.HRM_SHARD_COUNT)).toBe(completions);
    const args = given.map((arg) =>
      arg.replace('/data/', `${cwd}/`).replace('{000..099}', '{000..003}').replace('/results', at('pods')),
    );
    for (let i = 0; i < completions; i++) {
      const index = { JOB_COMPLETION_INDEX: String(i) };
      const done = await run({ ...env, ...index }, command[0], ...command.slice(1), ...args);
      expect(done.stderr).toContain(
        `shard ${i} of 8 (JOB_COMPLETION_INDEX and --shard-count): 1 of every 8 pictures\n`,
      );
      expect(done.code).toBe(0);
    }
    expect((await hrm(cwd, 'merge', 'pods', '--out', 'pods.parquet')).code).toBe(0);
    expect(await keysOf('pods.parquet')).toEqual(all);
    expect(readdirSync(at('pods'))).toHaveLength(16);
  },
);

test.skipIf(process.platform === 'win32')('a shell: explains several shards at a time', async () => {
  const script = join(examples, 'shell/explain.sh');
  const given = ['shards-{000..003}.tar', 'shell', '3', '2'];
  expect(await run({ WRITE: 'none' }, 'bash', script, ...given)).toMatchObject({ code: 0 });
  expect(await keysOf('shell/all.parquet')).toEqual(all);
  // Again: all is done.
  expect((await run({ WRITE: 'none' }, 'bash', script, ...given)).stdout).toMatch(
    /already finished: shard-00002-of-00003/,
  );
});
