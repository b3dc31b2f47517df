/** Regroups pictures from a stream into batches of one size. */

/** Some pictures with one item of data each. */
export interface Pixels<T> {
  /** uint8 `[N, H, W, C]`. */
  readonly pictures: Uint8Array;
  /** `[N]`, N >= 1. */
  readonly items: readonly T[];
}

/** Yields the pictures of all parts in batches of `batchSize`; the last batch may be smaller. */
export async function* inBatches<T>(
  parts: AsyncIterable<Pixels<T>>,
  batchSize: number,
): AsyncGenerator<Pixels<T>, void, undefined> {
  let waiting: Pixels<T>[] = [];
  let count = 0;
  for await (const part of parts) {
    waiting.push(part);
    count += part.items.length;
    while (count >= batchSize) {
      const [batch, rest] = takeFirst(waiting, batchSize);
      yield batch;
      [waiting, count] = [rest, count - batchSize];
    }
  }
  if (count > 0) yield takeFirst(waiting, count)[0];
}

/** The first `count` pictures, and the remaining parts. */
function takeFirst<T>(parts: readonly Pixels<T>[], count: number): [Pixels<T>, Pixels<T>[]] {
  const items = parts.flatMap((part) => part.items);
  const size = parts[0].pictures.length / parts[0].items.length;
  const batch = { pictures: firstPictures(parts, count * size), items: items.slice(0, count) };
  const over = items.length - count;
  if (over === 0) return [batch, []];
  const { pictures } = parts[parts.length - 1];
  const rest = pictures.subarray(pictures.length - over * size);
  return [batch, [{ pictures: rest, items: items.slice(count) }]];
}

/** The first `length` bytes; copied only where they lie in several parts. */
function firstPictures(parts: readonly Pixels<unknown>[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0].pictures.subarray(0, length);
  const out = new Uint8Array(length);
  let at = 0;
  for (const { pictures } of parts) {
    const part = pictures.subarray(0, length - at);
    out.set(part, at);
    at += part.length;
  }
  return out;
}
