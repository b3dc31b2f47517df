import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { program } from '../../test/helpers/cli.ts';
import { neededFiles, openableFiles } from './open-files.ts';

test('opens as many files as requested and closes all', () => {
  for (let i = 0; i < 50; i++) expect(openableFiles(import.meta.filename, neededFiles)).toBe(neededFiles);
  expect(openableFiles(`${import.meta.filename}.not`, 3)).toBe(0);
});

test.skipIf(process.platform === 'win32')('reports in one line if too few files may be open', async () => {
  const ended = await new Promise((resolve) => {
    const command = 'ulimit -n 128; exec "$0" "$1" --version';
    execFile('bash', ['-c', command, process.execPath, program], (error, stdout, stderr) =>
      resolve({ code: error?.code, stdout, stderr }),
    );
  });
  expect(ended).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^error: \d+ more files may be open here, 230 are needed; raise the limit, as with 'ulimit -n 1024'\n$/,
    ),
  });
});
