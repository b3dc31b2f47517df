export interface StopSignals {
  /** Aborts at the first signal; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Aborts as that signal would, if none has arrived yet: another rank received it. */
  raise(name: NodeJS.Signals): void;
  /** Restores the default handling of the signals. */
  release(): void;
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Exit codes as in shells: 128 plus the signal's number. */
export const exitCodes: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/**
 * Turns the first Ctrl-C, SIGTERM or SIGHUP (sent when a terminal closes) into an abort. A second one has its
 * default effect, and ends the process at once, even in the middle of a step.
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
