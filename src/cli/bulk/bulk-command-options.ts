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
      'explain any number of pictures: writes a table (Parquet) and a tar of files; resumes when interrupted',
    ),
    new Option(
      '--shard <i/n>',
      'with --bulk: explain only share I (0 to N - 1) of N; default: taken from Slurm, Kubernetes or MPI; without them, all pictures',
    ).argParser(shardOption),
    new Option(
      '--shard-count <n>',
      'with --bulk: the number of shards, if the scheduler gives only the index',
    ).argParser(whole(1, 99_999)),
    new Option('--as <kind>', 'with --bulk: write the files into a tar, or as single files')
      .choices(['tar', 'files'])
      .default('tar'),
    new Option('--batch-size <n>', 'with --bulk: pictures in a batch of the model')
      .argParser(whole(1, 1024))
      .default(8),
    new Option('--part <n>', 'with --bulk: pictures in a part; results are saved part by part')
      .argParser(whole(1, 100_000))
      .default(500),
    new Option(
      '--threads <n>',
      'with --bulk: threads that decode, refine and encode; default: one per core',
    ).argParser(whole(1, 256)),
    new Option('--no-refine', "with --bulk: use the model's map without refinement; about twice as fast"),
    new Option('--strict', 'with --bulk: exit code 1 if any picture failed; default: only if all failed'),
    new Option('--overwrite', 'with --bulk: discard earlier results of the shard'),
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
