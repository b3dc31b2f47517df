/** When a process of this machine began, which tells it from a later one of the same number. */
import { readFile } from 'node:fs/promises';

/** Of a process that is not there, or has ended and whose number its parent has not given back yet. */
export const ended = 'ended';

/** The machine's start, and ticks since; `ended`; or undefined where that cannot be read, as on other systems than Linux. */
export async function processBegan(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return ended;
  }
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in parentheses, may hold anything; behind it are the fields from the third on: state, ..., 22nd start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? ended : `${boot}/${fields[19]}`;
  } catch {
    return undefined;
  }
}
