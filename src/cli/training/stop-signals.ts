export interface StopSignals {
  /** Aborts with the first signal; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Aborts as that signal would, where none has come yet: another rank has got it. */
  raise(name: NodeJS.Signals): void;
  /** Gives the signals their usual meaning back. */
  release(): void;
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Exit codes as shells have them: 128 plus the signal's number. */
export const exitCodes: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/**
 * Turns the first Ctrl-C, SIGTERM or SIGHUP, as of a terminal that is closed, into an abort. A second one finds the signal's usual meaning again and ends the process
 * at once, even in the middle of a step.
 */
export function stopSignals(onStop: (name: NodeJS.Signals) => void): StopSignals {
  const controller = new AbortController();
  const release = (): void => {
    for (const name of names) process.off(name, stop);
  };
  const stop = (name: NodeJS.Signals): void => {
    release();
    controller.abort(name);
    onStop(name);
  };
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    raise: (name) => {
      if (!controller.signal.aborted) stop(name);
    },
    release,
  };
}
