/** Whether an MPI launcher started this process with others, by its environment. */
import { availableParallelism, cpus } from 'node:os';

export interface Launch {
  /** The launcher's command. */
  readonly by: 'mpirun' | 'srun';
  /** Number of processes it started, at least 2. */
  readonly size: number;
  /** This process's rank, from 0. */
  readonly rank: number;
  /** Its rank among those on this machine. */
  readonly localRank: number;
  /** Number of processes on this machine. */
  readonly localSize: number;
  /** The launcher's kind of MPI, if it is known. */
  readonly kind?: 'Open MPI' | 'MPICH';
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Names {
  readonly by: Launch['by'];
  readonly kind?: Launch['kind'];
  readonly size: readonly string[];
  readonly rank: readonly string[];
  readonly localRank: readonly string[];
  readonly localSize: readonly string[];
  /** A variable that must be set, too. */
  readonly with?: string;
}

/**
 * The variables of each launcher. The script of a Slurm batch job, which is one process, has `SLURM_NTASKS`,
 * too; only `srun` sets a step's number.
 */
const launchers: readonly Names[] = [
  {
    by: 'mpirun',
    kind: 'Open MPI',
    size: ['OMPI_COMM_WORLD_SIZE'],
    rank: ['OMPI_COMM_WORLD_RANK'],
    localRank: ['OMPI_COMM_WORLD_LOCAL_RANK'],
    localSize: ['OMPI_COMM_WORLD_LOCAL_SIZE'],
  },
  {
    by: 'srun',
    size: ['SLURM_STEP_NUM_TASKS', 'SLURM_NTASKS'],
    rank: ['SLURM_PROCID'],
    localRank: ['SLURM_LOCALID'],
    localSize: ['SLURM_NTASKS_PER_NODE'],
    with: 'SLURM_STEP_ID',
  },
  {
    by: 'mpirun',
    kind: 'MPICH',
    size: ['PMI_SIZE'],
    rank: ['PMI_RANK'],
    localRank: ['MPI_LOCALRANKID'],
    localSize: ['MPI_LOCALNRANKS'],
  },
];

/** @returns undefined if no launcher started this process, or it started no other */
export function launchOf(environment: Environment = process.env): Launch | undefined {
  const read = (names: readonly string[]): number | undefined => {
    const found = names.map((name) => environment[name]).find((text) => text !== undefined);
    return found !== undefined && /^\d+$/.test(found) ? Number(found) : undefined;
  };
  for (const { by, kind, ...names } of launchers) {
    if (names.with !== undefined && environment[names.with] === undefined) continue;
    const [size, rank] = [read(names.size), read(names.rank)];
    if (size === undefined || rank === undefined) continue;
    if (size < 2) return undefined;
    const localRank = read(names.localRank) ?? rank;
    return { by, kind, size, rank, localRank, localSize: read(names.localSize) ?? size };
  }
  return undefined;
}

/** Whether this process reports errors before the ranks are connected: the first one on each machine does. */
export function reportsErrors(launch: Launch | undefined): boolean {
  return launch === undefined || launch.localRank === 0;
}

/**
 * The CPU cores for this process when others of the launch share the machine: those that it is bound to, at
 * most its share.
 * @returns undefined if no other process shares the machine
 */
export function threadsOf(launch: Launch | undefined): number | undefined {
  if (launch === undefined || launch.localSize < 2) return undefined;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cpus().length / launch.localSize)));
}
