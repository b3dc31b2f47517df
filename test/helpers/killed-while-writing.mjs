/**
 * For `node --import`: kills the process when half of the file named by HRM_KILLED_WHILE_WRITING is written, the first time that there
 * is a checkpoint beside it.
 */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';

const { open } = fs;
fs.open = async (path, ...more) => {
  const file = await open(path, ...more);
  const temporary = basename(path).startsWith(`.${process.env.HRM_KILLED_WHILE_WRITING}.`);
  if (temporary && existsSync(join(dirname(path), 'checkpoint.ckpt'))) {
    file.writeFile = async (content) => {
      await file.write(content.subarray(0, content.length / 2));
      process.kill(process.pid, 'SIGKILL');
    };
  }
  return file;
};
syncBuiltinESMExports();
