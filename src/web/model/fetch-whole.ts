/** Fetching of whole files, with words for what goes wrong. */
import { Problem } from '../state/problems.ts';

/** A server asks who this is. */
export class TokenNeeded extends Error {}

/** @throws (`Problem`, `TokenNeeded`) unless there is an answer that is a good one */
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

/** What an answer holds. @param onShare told how much is there, in [0, 1], where the answer says how long it is */
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
