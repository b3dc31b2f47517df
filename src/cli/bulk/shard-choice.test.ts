import { expect, test } from 'vitest';
import { chooseShard, shardOption } from './shard-choice.ts';

test('--shard', () => {
  expect(shardOption('3/8')).toEqual({ index: 3, count: 8 });
  expect(() => shardOption('8/8')).toThrow('Of 8 shards the last is 7/8.');
  for (const text of ['0/0', '1', '-1/4', 'a/b', '1/2/3', '']) {
    expect(() => shardOption(text)).toThrow('The form is I/N, such as 0/4: share I, from 0, of N.');
  }
  const env = { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_COUNT: '4' };
  expect(chooseShard({ index: 0, count: 2 }, undefined, env)).toEqual({
    index: 0,
    count: 2,
    origin: '--shard',
  });
});

test.each([
  [{}, [0, 1, 'all pictures']],
  [
    { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '0' },
    [3, 4, 'SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT'],
  ],
  [
    {
      SLURM_ARRAY_TASK_ID: '1',
      SLURM_ARRAY_TASK_COUNT: '4',
      SLURM_ARRAY_TASK_MIN: '1',
      OMPI_COMM_WORLD_RANK: '0',
    },
    [0, 4, 'SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT'],
  ],
  [{ JOB_COMPLETION_INDEX: '5', HRM_SHARD_COUNT: '8' }, [5, 8, 'JOB_COMPLETION_INDEX and HRM_SHARD_COUNT']],
  [{ OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '2' }, [1, 2, 'the rank in mpirun']],
  [{ PMI_RANK: '0', PMI_SIZE: '2' }, [0, 2, 'the rank in mpirun']],
  [{ SLURM_STEP_ID: '0', SLURM_STEP_NUM_TASKS: '4', SLURM_PROCID: '3' }, [3, 4, 'the rank in srun']],
  // The script of a batch job is one process, however many tasks it asked for.
  [{ SLURM_NTASKS: '4', SLURM_PROCID: '0' }, [0, 1, 'all pictures']],
] as const)('reads the shard from the environment %j', (env, [index, count, origin]) => {
  expect(chooseShard(undefined, undefined, env)).toEqual({ index, count, origin });
});

test('--shard takes precedence over the scheduler', () => {
  expect(chooseShard(undefined, 8, { JOB_COMPLETION_INDEX: '7' })).toEqual({
    index: 7,
    count: 8,
    origin: 'JOB_COMPLETION_INDEX and --shard-count',
  });
});

test('rejects a count that differs from the number of ranks', () => {
  const env = { PMI_RANK: '0', PMI_SIZE: '2' };
  expect(chooseShard(undefined, 2, env)).toMatchObject({ index: 0, count: 2 });
  expect(() => chooseShard(undefined, 4, env)).toThrow(
    '--shard-count: mpirun has started 2 ranks, one for each shard; got 4',
  );
});

test('runs only some tasks of a Slurm array again', () => {
  const env = { SLURM_ARRAY_TASK_ID: '17', SLURM_ARRAY_TASK_COUNT: '2', SLURM_ARRAY_TASK_MIN: '3' };
  expect(chooseShard(undefined, 32, env)).toMatchObject({ index: 17, count: 32 });
  const whole = { SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_COUNT: '2', SLURM_ARRAY_TASK_MIN: '1' };
  expect(chooseShard(undefined, 2, whole)).toMatchObject({ index: 1, count: 2 });
});

test.each([
  [
    { JOB_COMPLETION_INDEX: '1' },
    'JOB_COMPLETION_INDEX is 1, but the number of shards is unknown: give --shard-count N or HRM_SHARD_COUNT=N',
  ],
  [
    { SLURM_ARRAY_TASK_ID: '4', SLURM_ARRAY_TASK_COUNT: '4' },
    'SLURM_ARRAY_TASK_ID: a number below 4 is needed, got 4; number the array without gaps',
  ],
  [
    { SLURM_ARRAY_TASK_ID: '9', SLURM_ARRAY_TASK_COUNT: '3', SLURM_ARRAY_TASK_MIN: '1' },
    'SLURM_ARRAY_TASK_ID: a number below 4, counted from 1 is needed, got 9',
  ],
  [
    { SLURM_ARRAY_TASK_ID: 'x', SLURM_ARRAY_TASK_COUNT: '2' },
    "SLURM_ARRAY_TASK_ID: a whole number is needed, got 'x'",
  ],
])('rejects the environment %j', (env, message) => {
  expect(() => chooseShard(undefined, undefined, env)).toThrow(message);
});
