/** `hrm serve` as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { program } from './cli.ts';

/**
 * A server closes a connection that was idle for some seconds: a test that is slow may use it just then. Each request has its own.
 */
const keepingFetch = globalThis.fetch;
globalThis.fetch = (resource, init) => {
  const headers = new Headers(init?.headers);
  headers.set('Connection', 'close');
  return keepingFetch(resource, { ...init, headers });
};

export interface ServerProcess {
  /** `http://127.0.0.1:40123` */
  readonly address: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** What it printed so far, in lines. */
  readonly lines: readonly string[];
  readonly errors: readonly string[];
  /** Ends it, and waits. @returns its exit code, or the signal that ended it */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** Starts `hrm serve` on a free port. @throws with what it printed when it does not start */
export function startServerProcess(cwd: string, ...args: readonly string[]): Promise<ServerProcess> {
  return startServerOf(program, cwd, ...args);
}

/** As `startServerProcess`, of the command line in another file. */
export function startServerOf(main: string, cwd: string, ...args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? (signal as NodeJS.Signals)));
  });
  return new Promise((resolve, reject) => {
    void ended.then((code) => reject(new Error(`hrm serve ended (${code}): ${errors.join('\n')}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const [, address, port] = /^serving .* on (http:\/\/\S+:(\d+))$/.exec(line) ?? [];
      if (address === undefined) return;
      const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> => {
        child.kill(signal);
        return ended;
      };
      resolve({ address, port: Number(port), process: child, lines, errors, stop });
    });
  });
}
