/** The start time of a process, which distinguishes it from a later one with the same id. */
import { readFile } from 'node:fs/promises';

/** The result for a process that does not exist, or has ended and is a zombie. */
export const ended = 'ended';

/**
 * The machine's boot and the clock ticks since; `ended`; or undefined where unknown, as on systems other than
 * Linux.
 */
export async function processBegan(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return ended;
  }
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in parentheses, may contain anything. After it come the fields from the third on: 3
    // is the state, 22 the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? ended : `${boot}/${fields[19]}`;
  } catch {
    return undefined;
  }
}
