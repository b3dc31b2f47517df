/**
 * The models that the page can fetch: those of its server or, on a static host, those among the site's files.
 */
import { bytesOf, fetchWhole } from './fetch-whole.ts';
import type { ImportDeclared } from './imported-facts.ts';

export interface ListedModel {
  readonly name: string;
  /** The path shown in results. */
  readonly path: string;
  /** Whether it was dropped or picked, not fetched. */
  readonly given?: boolean;
  /** For a model that was dropped or picked: what its file does not declare. */
  readonly declared?: ImportDeclared;
  /** The address of a model that may be cached for offline use. */
  readonly address?: string;
  /**
   * The model's file.
   * @param onShare called with the share received, in [0, 1]
   */
  bytes(onShare: (share: number) => void, signal: AbortSignal): Promise<Uint8Array>;
}

/** The list: an answer of the server, or a file of the static site (`vite.config.ts`). */
const listUrl = 'v1/model';

/** The fields of the answer that the page uses. */
interface Answer {
  readonly models: readonly { readonly name: string; readonly file: { readonly href: string } }[];
}

/**
 * The models; the first is the default.
 * @param token of a server that needs one
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
      // A model that needed a token must not be cached for others.
      address: token === undefined ? address : undefined,
      bytes: async (onShare, signal) => bytesOf(await fetchWhole(address, { headers, signal }), onShare),
    };
  });
}
