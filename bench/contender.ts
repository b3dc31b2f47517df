/** Our side of `rounds.ts`: answers `go` with the time of a piece of work. */
import { createInterface } from 'node:readline';
import { median } from './rounds.ts';

/** @param work runs `repeats` times a round; the round's time is the median */
export async function contend(work: () => Promise<unknown> | unknown, repeats = 1): Promise<void> {
  console.log('ready');
  for await (const _ of createInterface(process.stdin)) {
    const times: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
    console.log(JSON.stringify({ ms: median(times) }));
  }
  console.log(JSON.stringify({ peakMiB: process.resourceUsage().maxRSS / 1024 }));
}
