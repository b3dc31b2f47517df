/** The options of a run over many pictures. */
import { Option } from 'commander';
import type { Shard } from '../../data/streams/picture-stream.ts';
import { whole } from '../options.ts';
import { shardOption } from './shard-choice.ts';

export interface BulkCommandOptions {
  readonly bulk?: boolean;
  readonly shard?: Shard;
  readonly shardCount?: number;
  readonly as: 'tar' | 'files';
  readonly batchSize: number;
  readonly part: number;
  readonly threads?: number;
  readonly refine: boolean;
  readonly strict?: boolean;
  readonly overwrite?: boolean;
}

export function bulkOptions(): Option[] {
  return [
    new Option(
      '--bulk',
      'for any number of pictures: a table (Parquet) and a tar of files, in parts that outlive a kill',
    ),
    new Option(
      '--shard <i/n>',
      'with --bulk: the share I, from 0, of N; default: what Slurm, Kubernetes or MPI say, else all',
    ).argParser(shardOption),
    new Option('--shard-count <n>', 'of how many, where the scheduler says the number alone').argParser(
      whole(1, 99_999),
    ),
    new Option('--as <kind>', 'with --bulk: files in a tar, or each by itself')
      .choices(['tar', 'files'])
      .default('tar'),
    new Option('--batch-size <n>', 'with --bulk: pictures that the model looks at together')
      .argParser(whole(1, 1024))
      .default(8),
    new Option('--part <n>', 'with --bulk: pictures of a part; a kill costs at most so many')
      .argParser(whole(1, 100_000))
      .default(500),
    new Option(
      '--threads <n>',
      'with --bulk: threads that decode, refine and encode; default: one a core',
    ).argParser(whole(1, 256)),
    new Option('--no-refine', "with --bulk: the model's own map, not refined; twice as fast"),
    new Option('--strict', 'with --bulk: exit code 1 where any picture failed, not only where all did'),
    new Option('--overwrite', 'with --bulk: begin the shard anew'),
  ];
}

/** The help text after the options of a command. */
export const bulkHelp = `

--bulk, which tars, Parquet files, lists and --shard imply:
  IMAGE may be a tar as WebDataset has them, a Parquet file as Hugging Face has them, a list (.txt, .tsv or .lst: a path a
  line, and behind a tab the class), and a pattern: 'shards-{000..099}.tar'. Results: DIR/shard-I-of-N.parquet, a row for
  each picture, of one that failed with the reason, and DIR/shard-I-of-N.tar. Called again after a kill, it goes on; where
  all is done, it says so. 'hrm merge DIR' puts the tables of all shards together. --write: default levels; none: the table alone.
`;
