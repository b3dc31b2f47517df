/** Estimates the remaining time of a training from the pace of this process. */
export interface TimeLeft {
  /**
   * Must be called after each step.
   * @returns the remaining seconds of the whole training; undefined while unknown
   */
  step(epoch: number, step: number): number | undefined;
}

/**
 * Times steps separately from the work between epochs (validation, saving), which is included after the first
 * epoch. The first step is ignored: it is slower than the others.
 * @param now the clock, in milliseconds
 */
export function timeLeft(
  epochs: number,
  stepsPerEpoch: number,
  now: () => number = () => performance.now(),
): TimeLeft {
  let last: { readonly epoch: number; readonly at: number } | undefined;
  const steps = { seconds: 0, count: 0 };
  const gaps = { seconds: 0, count: 0 };
  const mean = ({ seconds, count }: { seconds: number; count: number }): number =>
    count > 0 ? seconds / count : 0;
  return {
    step: (epoch, step) => {
      const at = now();
      if (last) {
        const kind = last.epoch === epoch ? steps : gaps;
        kind.seconds += (at - last.at) / 1000;
        kind.count++;
      }
      last = { epoch, at };
      if (steps.count === 0) return undefined;
      const stepsLeft = Math.max(0, stepsPerEpoch - step) + (epochs - epoch) * stepsPerEpoch;
      const epochEnd = Math.max(0, mean(gaps) - mean(steps)); // a gap ends with a step
      return stepsLeft * mean(steps) + (epochs - epoch + 1) * epochEnd;
    },
  };
}
