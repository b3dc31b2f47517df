/** Runs commands of the built command line one after the other in a process that has loaded it: see `command-host.mjs`. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the host writes when a command has ended. No command prints it. */
const endMark = '\0the command has ended\0';

let host: Promise<ChildProcess> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Runs a command when those before it have ended. A command that ends its process ends the host; the next one gets another. */
export function runInHost(cwd: string, args: readonly string[]): Promise<Run> {
  const run = last.then(() => runNow(cwd, args));
  last = run.catch(() => {});
  return run;
}

async function runNow(cwd: string, args: readonly string[]): Promise<Run> {
  host ??= startHost();
  const child = await host;
  const code = new Promise<number>((resolve) => {
    const answered = (answer: { code: number }): void => finish(answer.code);
    const ended = (exitCode: number | null): void => {
      host = undefined;
      finish(Number(exitCode));
    };
    const finish = (result: number): void => {
      child.off('message', answered).off('close', ended);
      resolve(result);
    };
    child.on('message', answered).on('close', ended);
  });
  const output = Promise.all([child.stdout, child.stderr].map((stream) => untilMark(stream as Socket)));
  child.send({ cwd, args, env: { ...process.env, NO_COLOR: '1' }, endMark });
  const [stdout, stderr] = await output;
  return { code: await code, stdout, stderr };
}

async function startHost(): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'command-host.mjs'), { silent: true, execArgv: [] });
  for (const stream of [child.stdout, child.stderr]) (stream as Socket).setEncoding('utf8').unref();
  // This process may end before the host, which then ends, too.
  child.unref();
  child.channel?.unref();
  await once(child, 'message');
  return child;
}

/** What comes before the end mark, or before the stream ends. */
function untilMark(stream: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const take = (chunk: string): void => {
      text += chunk;
      if (text.endsWith(endMark)) finish();
    };
    const finish = (): void => {
      stream.off('data', take).off('end', finish);
      resolve(text.endsWith(endMark) ? text.slice(0, -endMark.length) : text);
    };
    stream.on('data', take).on('end', finish);
  });
}
