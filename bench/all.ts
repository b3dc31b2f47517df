/**
 * Every benchmark against its peer, as one table. Needs a Python with torch 2.13, scikit-image, SciPy,
 * SimpleITK and Pillow:
 *
 *     PYTHON=.../bin/python npm run bench -- [--rounds 7] [--data-dir ../shared/photo15]
 */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { productFlops } from './flops.ts';
import { loaderRows } from './loader.bench.ts';
import { cases, networkRow } from './network.bench.ts';
import { refineRows } from './refine.bench.ts';
import { alternate } from './rounds.ts';
import { formatRows, printRows, type Row } from './rows.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    'data-dir': { type: 'string', default: '../shared/photo15' },
  },
});
const rounds = Number(values.rounds);

const [product] = await alternate(
  [{ name: 'matrix product', command: process.execPath, args: ['--import', 'tsx', 'bench/flops.ts'] }],
  rounds,
);
const rate = productFlops / (product.ms / 1000);
const rows: Row[] = [];
const keep = (made: readonly Row[]): void => {
  printRows(made, rate);
  rows.push(...made);
};
for (const name of cases) keep([await networkRow(name, rounds)]);
keep(await refineRows(rounds));
for (const size of [128, 224]) keep(await loaderRows(values['data-dir'], size, rounds));

const machine = `${cpus()[0].model}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`;
console.log(`\n${machine}; ${rounds} rounds; a large matrix product: ${(rate / 1e9).toFixed(0)} GFLOP/s\n`);
console.log(formatRows(rows, rate));
