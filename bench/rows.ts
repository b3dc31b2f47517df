/** What a benchmark found, a line for each comparison. */
import type { Timing } from './rounds.ts';

export interface Row {
  readonly name: string;
  readonly ours: Timing;
  readonly peer: Timing;
}

export function printRows(rows: readonly Row[]): void {
  for (const { name, ours, peer } of rows) {
    const ratio = (ours.ms / peer.ms).toFixed(2);
    const memory = (ours.peakMiB / peer.peakMiB).toFixed(2);
    console.log(
      `${name.padEnd(24)} ours ${ours.ms.toFixed(1)} ms, ${peer.name} ${peer.ms.toFixed(1)} ms, ratio ${ratio}; ` +
        `peak ${ours.peakMiB.toFixed(0)} / ${peer.peakMiB.toFixed(0)} MiB, ratio ${memory}`,
    );
  }
}
