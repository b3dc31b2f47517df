/** The models that the page can fetch: those of the server that it comes from or, on a static host, those among its files. */
import { bytesOf, fetchWhole } from './fetch-whole.ts';
import type { ImportTold } from './imported-facts.ts';

export interface ListedModel {
  readonly name: string;
  /** The path that stands in results. */
  readonly path: string;
  /** Dropped or picked, not fetched. */
  readonly given?: boolean;
  /** Of one that was given: what its file does not say. */
  readonly told?: ImportTold;
  /** Of what may be kept for when there is no network. */
  readonly address?: string;
  /** Its file. @param onShare told how much is there, in [0, 1] */
  bytes(onShare: (share: number) => void, signal: AbortSignal): Promise<Uint8Array>;
}

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
