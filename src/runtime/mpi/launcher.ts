/** Whether an MPI launcher has started this process beside others, as its environment says. */
import { availableParallelism, cpus } from 'node:os';

export interface Launch {
  /** The command, as people call it. */
  readonly by: 'mpirun' | 'srun';
  /** How many processes it has started, at least 2. */
  readonly size: number;
  /** Which of them this is, from 0. */
  readonly rank: number;
  /** Which of those on this machine. */
  readonly localRank: number;
  /** How many are on this machine. */
  readonly localSize: number;
  /** Which kind of MPI the launcher is of, where it says so. */
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
  /** A variable that must be there, too. */
  readonly with?: string;
}

/**
 * The variables of each launcher. A batch job of Slurm has `SLURM_NTASKS` in its script, too, which is one process: `srun` alone
 * gives a step's number.
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

/** @returns undefined where no launcher has started this process, or this one alone */
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

/** Whether this process says what goes wrong before the ranks know each other: the first one on each machine does. */
export function speaksAlone(launch: Launch | undefined): boolean {
  return launch === undefined || launch.localRank === 0;
}

/**
 * The processor's cores for this process where others of the launch share the machine: those that it is bound to, at most its share.
 * @returns undefined where it is alone
 */
export function threadsOf(launch: Launch | undefined): number | undefined {
  if (launch === undefined || launch.localSize < 2) return undefined;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cpus().length / launch.localSize)));
}
