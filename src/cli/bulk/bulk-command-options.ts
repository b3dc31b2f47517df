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
  IMAGE may be a WebDataset tar, a Hugging Face Parquet file, or a list (.txt, .tsv or .lst: one path per line; after a
  tab, the class); patterns such as 'shards-{000..099}.tar' work. Results: DIR/shard-I-of-N.parquet with one row per
  picture (if it failed, with the reason), and DIR/shard-I-of-N.tar. After an interruption the same command resumes.
  'hrm merge DIR' joins the tables of all shards. --write: default levels; none: only the table.
`;
