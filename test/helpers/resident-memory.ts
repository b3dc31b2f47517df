import { readFileSync } from 'node:fs';

/** Resident memory of a process in MiB, as Linux tells it: now, or the most so far (`VmHWM`); undefined elsewhere. */
export function residentMemory(pid: number | 'self', which: 'VmRSS' | 'VmHWM' = 'VmRSS'): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, kib] = new RegExp(`^${which}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
