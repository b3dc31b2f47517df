/** Fetches whole files, with readable errors. */
import { Problem } from '../state/problems.ts';

/** The server needs a token. */
export class TokenNeeded extends Error {}

/** @throws (`Problem`, `TokenNeeded`) unless the answer is a success */
export async function fetchWhole(url: string, options: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, options);
  } catch {
    throw new Problem(`Could not load ${url}: there is no connection.`);
  }
  if (answer.status === 401) throw new TokenNeeded();
  if (!answer.ok) throw new Problem(`Could not load ${url}: the server answers ${answer.status}.`);
  return answer;
}

/**
 * The bytes of an answer.
 * @param onShare called with the share received, in [0, 1], if the answer gives its length
 */
export async function bytesOf(answer: Response, onShare: (share: number) => void): Promise<Uint8Array> {
  const total = Number(answer.headers.get('content-length'));
  const encoded = answer.headers.has('content-encoding');
  if (answer.body === null || !(total > 0) || encoded) return new Uint8Array(await answer.arrayBuffer());
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    length += part.value.length;
    onShare(Math.min(length / total, 1));
  }
  const bytes = new Uint8Array(length);
  parts.reduce((at, part) => {
    bytes.set(part, at);
    return at + part.length;
  }, 0);
  return bytes;
}
