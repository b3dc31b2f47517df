/** The memory of this machine that a process may use. */
import { totalmem } from 'node:os';

export interface MachineMemory {
  /** Bytes of memory: the machine's, or less where a container or control group has a limit. */
  readonly total: number;
  /** Bytes that are free now, or used only as file cache. */
  readonly free: number;
}

/** Reads the machine's memory and the limit of this process's control group (Linux). */
export function machineMemory(): MachineMemory {
  // Without a limit, this is 0 or exceeds the machine's memory.
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { total, free: Math.min(total, process.availableMemory()) };
}
