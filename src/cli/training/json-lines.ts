import type { Emit, TrainEvent } from './events.ts';

/** Frequent events, and the minimum time between two lines of each, in milliseconds. */
const every: Partial<Record<TrainEvent['event'], number>> = {
  step: 1000,
  teaching: 1000,
  features: 1000,
  validating: 1000,
  evaluating: 1000,
};

/**
 * Prints events as JSON Lines: an object a line, with `event` first. Steps, soft labels, features, validation
 * and evaluation print at most one line a second each.
 * @param write prints a line
 * @param now the clock, in milliseconds
 */
export function jsonLines(
  write: (line: string) => void = (line) => void process.stdout.write(line),
  now: () => number = () => performance.now(),
): Emit {
  const last = new Map<string, number>();
  return ({ event, ...rest }) => {
    const pause = every[event] ?? 0;
    if (now() - (last.get(event) ?? Number.NEGATIVE_INFINITY) < pause) return;
    last.set(event, now());
    write(`${JSON.stringify({ event, ...rest })}\n`);
  };
}
