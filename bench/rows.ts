/** Formats the results of a benchmark, a line for each comparison. */
import type { Timing } from './rounds.ts';

export interface Row {
  readonly name: string;
  readonly ours: Timing;
  readonly peer: Timing;
  /** Matrix products and convolutions in it, in floating-point operations. */
  readonly flops?: number;
}

const columns = ['', 'ours', 'peer', 'ratio', 'memory', 'ratio', 'GFLOP/s', 'of the floor'];

/**
 * @param rate of large matrix products on this machine, in floating-point operations a second: the basis of
 * the lower bound
 */
function rowCells({ name, ours, peer, flops }: Row, rate?: number): string[] {
  const seconds = ours.ms / 1000;
  return [
    name,
    milliseconds(ours.ms),
    `${milliseconds(peer.ms)} ${peer.name}`,
    (ours.ms / peer.ms).toFixed(2),
    `${ours.peakMiB.toFixed(0)} / ${peer.peakMiB.toFixed(0)} MiB`,
    (ours.peakMiB / peer.peakMiB).toFixed(2),
    flops === undefined ? '' : (flops / seconds / 1e9).toFixed(0),
    flops === undefined || rate === undefined ? '' : `${((100 * flops) / rate / seconds).toFixed(0)} %`,
  ];
}

export function printRows(rows: readonly Row[], rate?: number): void {
  for (const row of rows) {
    const [name, ...cells] = rowCells(row, rate);
    const labelled = cells.map((cell, i) => (cell === '' ? '' : `${columns[i + 1]} ${cell}`));
    console.log(`${name.padEnd(24)} ${labelled.filter(Boolean).join(', ')}`);
  }
}

/** As a table in Markdown. */
export function formatRows(rows: readonly Row[], rate: number): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [columns, columns.map(() => '---'), ...rows.map((row) => rowCells(row, rate))].map(line).join('\n');
}

function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : ms < 100 ? `${ms.toFixed(1)} ms` : `${ms.toFixed(0)} ms`;
}
