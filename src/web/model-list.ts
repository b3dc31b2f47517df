/** The models that the page can fetch: those of the server that it comes from or, on a static host, those among its files. */
import { Problem } from './problems.ts';

export interface ListedModel {
  readonly name: string;
  /** The path that stands in results. */
  readonly path: string;
  /** Dropped or picked, not fetched. */
  readonly given?: boolean;
  /** Of what may be kept for when there is no network. */
  readonly address?: string;
  /** Its file. @param onShare told how much is there, in [0, 1] */
  bytes(onShare: (share: number) => void, signal: AbortSignal): Promise<Uint8Array>;
}

/** A server asks who this is. */
export class TokenNeeded extends Error {}

/** A server's answer, or a file of the static site (`vite.config.ts`). */
const listUrl = 'v1/model';

/** What the page makes use of in the answer. */
interface Answer {
  readonly models: readonly { readonly name: string; readonly file: { readonly href: string } }[];
}

/**
 * The first is the one to begin with.
 * @param token of a server that asks for one
 * @throws (`TokenNeeded`) when it is missing or wrong
 */
export async function listModels(token: string | undefined): Promise<ListedModel[]> {
  const headers = token === undefined ? undefined : { Authorization: `Bearer ${token}` };
  const answer = await fetchWhole(listUrl, { headers });
  const { models } = (await answer.json()) as Answer;
  return models.map(({ name, file: { href } }) => {
    const address = new URL(href, answer.url).href;
    return {
      name,
      path: /\.onnx$/.test(href) ? href.replace(/^(\.\.\/)+/, '') : `${name}.onnx`,
      // What a token was needed for is no one else's to have.
      address: token === undefined ? address : undefined,
      bytes: async (onShare, signal) => bytesOf(await fetchWhole(address, { headers, signal }), onShare),
    };
  });
}

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

async function bytesOf(answer: Response, onShare: (share: number) => void): Promise<Uint8Array> {
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
