/** The access log: one line for each request. */
export type LogFormat = 'json' | 'text';

export interface LogEntry {
  /** When the request arrived. */
  readonly time: Date;
  /** Address of the client. */
  readonly remote: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** 499: the client disconnected. */
  readonly status: number;
  /** Time from the head of the request to the answer, in milliseconds. */
  readonly ms: number;
}

/** `2026-01-31T12:00:00.000Z 127.0.0.1 POST /v1/explain 200 31.2 ms`, or the same as a JSON object. */
export function formatLogEntry(
  { time, remote, method, path, status, ms }: LogEntry,
  format: LogFormat,
): string {
  const duration = Number(ms.toFixed(1));
  if (format === 'json') {
    return JSON.stringify({ time: time.toISOString(), remote, method, path, status, ms: duration });
  }
  return `${time.toISOString()} ${remote} ${method} ${printable(path)} ${status} ${duration} ms`;
}

/** Escapes characters that would move a terminal's cursor or begin a new line, such as `%0a`. */
function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/gu, (letter) => {
    try {
      return encodeURIComponent(letter).toLowerCase();
    } catch {
      return '%ef%bf%bd'; // an unpaired surrogate
    }
  });
}
