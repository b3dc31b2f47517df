/** Makes a folder and its missing parents, one by one: below /proc, the loop of Node's `mkdir` never ends. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * @returns the topmost folder that was made; undefined if the folder existed
 * @throws the error of the system, with its `code`
 */
export async function makeWithParents(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await exists(at)); at = dirname(at)) missing.unshift(at);
  for (const folder of missing.length > 0 ? missing : [path]) {
    await mkdir(folder).catch(async (error) => {
      // It existed, or another process made it at the same time.
      const found = await stat(folder).catch(() => undefined);
      if (!found?.isDirectory()) throw error;
    });
  }
  return missing[0];
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
