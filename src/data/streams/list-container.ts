/** A text file that lists pictures: one path per line, optionally followed by a tab and the class. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { explained } from '../files/read-file.ts';
import type { Container, Placed } from './container.ts';
import { truthBeside } from './truth-beside.ts';

/** Longest path in bytes. A file with a longer line is not a list. */
const mostLineBytes = 65_536;

/**
 * Opens a list. Paths are relative to the working folder. Empty lines are skipped.
 * @throws `FileError` when there is no such file
 */
export async function listContainer(path: string): Promise<Container> {
  const { size } = await stat(path).catch((error) => {
    throw explained(path, error);
  });
  return {
    kind: 'list',
    path,
    size,
    mark: `${size} bytes`,
    async *read(at, onNote, withTruth = false) {
      const truthOf = withTruth ? await truthBeside(path) : undefined;
      for await (const { picture, next } of readLines(path, at, onNote)) {
        yield { picture: { ...picture, truth: truthOf?.(picture.key) }, next };
      }
    },
  };
}

async function* readLines(path: string, at: number, onNote: (note: string) => void): AsyncGenerator<Placed> {
  let wide = 0;
  const lineOf = (line: Buffer, end: number): Placed[] => {
    const [found, columns] = parsed(path, line, end);
    if (columns > 2) wide++;
    return found;
  };
  let rest: Buffer = Buffer.alloc(0);
  let next = at;
  try {
    for await (const chunk of createReadStream(path, { start: at })) {
      rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      let from = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, from)) {
        next += end + 1 - from;
        yield* lineOf(rest.subarray(from, end), next);
        from = end + 1;
      }
      rest = rest.subarray(from);
      if (rest.length > mostLineBytes) {
        const error = `a line of over ${mostLineBytes} bytes, at byte ${next}; the rest is not read`;
        yield { picture: { key: path, from: path, picture: '', error }, next: Number.MAX_SAFE_INTEGER };
        return;
      }
    }
  } catch (error) {
    throw explained(path, error);
  }
  yield* lineOf(rest, next + rest.length);
  if (wide > 0) onNote(`${path}: text after a second tab is ignored (lines: ${wide})`);
}

/** The picture of a line, if it has one, and the number of its columns. */
function parsed(from: string, line: Buffer, next: number): [found: Placed[], columns: number] {
  const text = line
    .toString('utf8')
    .replace(/\r$/, '')
    .replace(/^\ufeff/, '');
  if (text.trim() === '') return [[], 0];
  const [picture, label, ...more] = text.split('\t');
  const found = { key: picture, from, picture, label: label?.trim() || undefined };
  return [[{ picture: found, next }], 2 + more.length];
}
