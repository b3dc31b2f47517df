import { availableParallelism, cpus } from 'node:os';
import { expect, test } from 'vitest';
import { launchOf, reportsErrors, threadsOf } from './launcher.ts';

test('without a launcher, or with a single process, there is no launch', () => {
  expect(launchOf({})).toBeUndefined();
  expect(launchOf({ OMPI_COMM_WORLD_SIZE: '1', OMPI_COMM_WORLD_RANK: '0' })).toBeUndefined();
  expect(launchOf({ PMI_SIZE: 'many', PMI_RANK: '0' })).toBeUndefined();
});

test('the script of a batch job is one process, the tasks of a step are several', () => {
  const job = { SLURM_JOB_ID: '7', SLURM_NTASKS: '4', SLURM_PROCID: '0' };
  expect(launchOf(job)).toBeUndefined();
  const step = {
    ...job,
    SLURM_STEP_ID: '0',
    SLURM_PROCID: '3',
    SLURM_LOCALID: '1',
    SLURM_NTASKS_PER_NODE: '2',
  };
  expect(launchOf(step)).toEqual({ by: 'srun', size: 4, rank: 3, localRank: 1, localSize: 2 });
  expect(launchOf({ ...step, SLURM_STEP_NUM_TASKS: '1' })).toBeUndefined();
});

test.each([
  [
    'Open MPI',
    {
      OMPI_COMM_WORLD_SIZE: '8',
      OMPI_COMM_WORLD_RANK: '5',
      OMPI_COMM_WORLD_LOCAL_RANK: '1',
      OMPI_COMM_WORLD_LOCAL_SIZE: '4',
    },
  ],
  ['MPICH', { PMI_SIZE: '8', PMI_RANK: '5', MPI_LOCALRANKID: '1', MPI_LOCALNRANKS: '4' }],
] as const)('recognises mpirun of %s', (kind, environment) => {
  const launch = launchOf(environment);
  expect(launch).toEqual({ by: 'mpirun', kind, size: 8, rank: 5, localRank: 1, localSize: 4 });
  expect(reportsErrors(launch)).toBe(false);
  // A Slurm job in which mpirun is called.
  expect(launchOf({ ...environment, SLURM_JOB_ID: '7', SLURM_NTASKS: '2', SLURM_PROCID: '0' })).toEqual(
    launch,
  );
});

test('ranks on one machine share its cores', () => {
  const launch = { by: 'mpirun', size: 4, rank: 0, localRank: 0 } as const;
  expect(threadsOf(undefined)).toBeUndefined();
  expect(threadsOf({ ...launch, localSize: 1 })).toBeUndefined();
  expect(threadsOf({ ...launch, localSize: 1000 })).toBe(1);
  const two = Math.max(1, Math.min(availableParallelism(), Math.floor(cpus().length / 2)));
  expect(threadsOf({ ...launch, localSize: 2 })).toBe(two);
  expect(reportsErrors(undefined)).toBe(true);
});
