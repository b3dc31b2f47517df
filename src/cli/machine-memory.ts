/** The memory of this machine, as far as a process may use it. */
import { totalmem } from 'node:os';

export interface MachineMemory {
  /** Bytes: the machine's, or less where a container or control group has a limit. */
  readonly total: number;
  /** Bytes of it that are free now, or hold nothing but cached files. */
  readonly free: number;
}

/** Looks at the machine and at the limit of the control group that this process is in (Linux). */
export function machineMemory(): MachineMemory {
  // 0 or an absurdly high number where there is no limit.
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { total, free: Math.min(total, process.availableMemory()) };
}
