/** The share of the pictures that this process explains: given by an option, or by the job scheduler. */
import { InvalidArgumentError } from 'commander';
import type { Shard } from '../../data/streams/picture-stream.ts';
import { launchOf } from '../../runtime/mpi/launcher.ts';

export interface ShardChoice extends Shard {
  /** The source of the value, for messages: `--shard`, `SLURM_ARRAY_TASK_ID`. */
  readonly origin: string;
}

/**
 * Parses `i/n`.
 * @throws InvalidArgumentError for anything else
 */
export function shardOption(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text.trim()) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (index === undefined || shard.count < 1) {
    throw new InvalidArgumentError('The form is I/N, such as 0/4: share I, from 0, of N.');
  }
  if (shard.index >= shard.count) {
    throw new InvalidArgumentError(`Of ${shard.count} shards the last is ${shard.count - 1}/${shard.count}.`);
  }
  return shard;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A scheduler of job arrays, and its environment variables for the index and count of tasks. */
interface Scheduler {
  readonly index: string;
  readonly count: string;
  /** The variable of the lowest index; default: the lowest index is 0. */
  readonly first?: string;
}

const schedulers: readonly Scheduler[] = [
  { index: 'SLURM_ARRAY_TASK_ID', count: 'SLURM_ARRAY_TASK_COUNT', first: 'SLURM_ARRAY_TASK_MIN' },
  { index: 'JOB_COMPLETION_INDEX', count: 'HRM_SHARD_COUNT' },
];

/**
 * The shard: the one given, else the task of the job array, else the rank of `mpirun` or `srun`, else
 * everything.
 * @param count the number of shards, for a scheduler that does not provide it, such as Kubernetes
 * @throws when the environment has an index without a count, or an index outside the count
 */
export function chooseShard(
  given: Shard | undefined,
  count: number | undefined,
  env: Environment,
): ShardChoice {
  if (given) return { ...given, origin: '--shard' };
  const found = schedulers.find(({ index }) => (env[index] ?? '') !== '');
  if (found === undefined) return shardOfRank(count, env);
  const all = count === undefined ? numberIn(env, found.count) : count;
  const origin = `${found.index} and ${count === undefined ? found.count : '--shard-count'}`;
  if (all === undefined) {
    throw new Error(
      `${found.index} is ${env[found.index]}, but the number of shards is unknown: give --shard-count N or ${found.count}=N, or --shard 0/1 for all pictures`,
    );
  }
  // With a count given, an array may contain only some tasks, run again: their indices then refer to all
  // shards.
  const part = count !== undefined && numberIn(env, found.count) !== count;
  const first = found.first === undefined || part ? 0 : (numberIn(env, found.first) ?? 0);
  const index = (numberIn(env, found.index) as number) - first;
  if (!(index >= 0 && index < all)) {
    const from = first === 0 ? '' : `, counted from ${first}`;
    throw new Error(
      `${found.index}: a number below ${all + first}${from} is needed, got ${env[found.index]}; number the array without gaps`,
    );
  }
  return { index, count: all, origin };
}

function shardOfRank(count: number | undefined, env: Environment): ShardChoice {
  const launch = launchOf(env);
  if (!launch) return { index: 0, count: 1, origin: 'all pictures' };
  const { by, rank, size } = launch;
  if (count !== undefined && count !== size) {
    throw new Error(`--shard-count: ${by} has started ${size} ranks, one for each shard; got ${count}`);
  }
  return { index: rank, count: size, origin: `the rank in ${by}` };
}

function numberIn(env: Environment, name: string): number | undefined {
  const text = env[name] ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name}: a whole number is needed, got '${text}'`);
  return Number(text);
}
