/** Reads pictures from tars in WebDataset's format: consecutive files with the same key are one sample. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip, type Gunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { z } from 'zod';
import { reasonOf } from '../../errors/file-error.ts';
import { parseJson } from '../../errors/parse-json.ts';
import { isHidden, isPictureName } from '../dataset/picture-name.ts';
import { explained } from '../files/read-file.ts';
import type { SaidTruth } from '../ground-truth/raw-truth.ts';
import type { Container, Placed } from './container.ts';
import { saidBoxes } from './said-boxes.ts';

/** Larger files in a tar are not pictures and are skipped. */
const mostEntryBytes = 2 ** 30;

/** Block size of a tar in bytes; two blocks of zeros end it. */
const block = 512;

/**
 * Opens a tar. A sample's key is the path of its files up to the first dot of the file name, as in
 * WebDataset. The sample's first picture is read, and its class from `.cls` (text) or `.json` (`label`,
 * `class`, `class_name` or `cls`). With truth, a mask is read from `.mask.png` or `.seg.png`, and boxes from
 * `.boxes.json` or `.json` (`boxes`). Hidden files are skipped. A gzipped tar (`.gz`, `.tgz`) is decompressed
 * while reading, and read from its start to resume.
 * @throws `FileError` when there is no such file
 */
export async function tarContainer(path: string): Promise<Container> {
  const { size } = await stat(path).catch((error) => {
    throw explained(path, error);
  });
  return {
    kind: 'tar',
    path,
    size,
    mark: `${size} bytes`,
    read: (at, onNote, withTruth = false) => readSamples({ path, size, withTruth }, at, onNote),
  };
}

interface Read {
  readonly path: string;
  readonly size: number;
  readonly withTruth: boolean;
}

/** The files of one key. */
interface Sample {
  readonly key: string;
  picture?: Buffer;
  label?: string;
  truth?: SaidTruth;
  error?: string;
  /** Extensions of files that are not read. */
  readonly others: string[];
}

async function* readSamples(
  { path, size, withTruth }: Read,
  at: number,
  onNote: (note: string) => void,
): AsyncGenerator<Placed> {
  const packed = /\.t?gz$/i.test(path);
  if (!packed && at >= size) return;
  const start = packed ? 0 : at;
  const entries = openEntries(path, start, packed);
  let sample: Sample | undefined;
  let end = start;
  let last = '';
  const left = new Map<string, number>();
  let odd: string | undefined;
  try {
    for await (const entry of entries) {
      const { name, type, size: bytes = 0, byteOffset } = entry.header as PlacedHeader;
      const before = end;
      end = start + byteOffset + Math.ceil(bytes / block) * block;
      last = name;
      const wanted = type === 'file' || type === 'contiguous-file';
      if (!wanted || isHidden(basename(name)) || before < at) {
        entry.resume();
        continue;
      }
      const { key, ending } = keyOf(name);
      if (sample !== undefined && sample.key !== key) {
        yield placed(path, sample, before);
        sample = undefined;
      }
      sample ??= { key, others: [] };
      const { length } = sample.others;
      const from = withTruth ? `${path}: ${sample.key}.${ending}` : undefined;
      const oddity = await take(sample, { ending, bytes, from }, entry);
      odd ??= oddity;
      if (sample.others.length > length) left.set(ending, (left.get(ending) ?? 0) + 1);
    }
    if (sample !== undefined) yield placed(path, sample, end);
    if (odd !== undefined) onNote(`${path}: ${odd}`);
    if (left.size > 0) {
      const counts = [...left].map(([ending, count]) => `${count} .${ending}`).join(', ');
      onNote(`${path}: files that are not read: ${counts}`);
    }
    if (!packed && !(await isClosed(path, size))) {
      onNote(`${path}: the blocks that end a tar are missing, and pictures may be missing, too`);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw explained(path, error);
    const where = sample?.key ?? (last === '' ? path : `${path} after ${last}`);
    const reason = `the tar is damaged, the rest of it cannot be read: ${reasonOf(error)}`;
    const picture = { key: where, from: path, picture: '', error: reason };
    yield { picture, next: Number.MAX_SAFE_INTEGER };
  }
}

/** The library's types lack `byteOffset`, the start of an entry's content. */
type PlacedHeader = Header & { readonly byteOffset: number };

interface Entry extends AsyncIterable<unknown> {
  readonly header: Header;
  resume(): unknown;
}

/**
 * Iterates over a tar's entries. The iteration throws errors of the file and its compression. Ending it early
 * closes the file.
 */
async function* openEntries(path: string, start: number, packed: boolean): AsyncGenerator<Entry> {
  const file = createReadStream(path, { start });
  const bytes = packed ? createGunzip() : file;
  const entries = extract();
  const fail = (error: Error): void => void entries.destroy(error);
  file.on('error', fail);
  if (packed) file.pipe(bytes as Gunzip).on('error', fail);
  bytes.pipe(entries as unknown as NodeJS.WritableStream);
  try {
    yield* entries as AsyncIterable<Entry>;
  } finally {
    file.destroy();
  }
}

/** Splits a path at the first dot of the file name into key and extension. */
function keyOf(name: string): { key: string; ending: string } {
  const path = name.replace(/^(\.\/)+/, '');
  const dot = path.indexOf('.', path.lastIndexOf('/') + 2);
  return dot < 0 ? { key: path, ending: '' } : { key: path.slice(0, dot), ending: path.slice(dot + 1) };
}

/** A file of a sample. */
interface SampleFile {
  readonly ending: string;
  readonly bytes: number;
  /** Source name of masks and boxes, for errors; undefined if they are not read. */
  readonly from: string | undefined;
}

/**
 * Stores a file's content in the sample if it is needed.
 * @returns a note on deviations
 */
async function take(
  sample: Sample,
  { ending, bytes, from }: SampleFile,
  entry: Entry,
): Promise<string | undefined> {
  const kind = ending.toLowerCase();
  const isMask = /^(mask|seg)\./.test(kind) && isPictureName(`x.${kind}`);
  const isPicture = !isMask && isPictureName(`x.${kind}`);
  const isJson = kind === 'json';
  const says = (kind === 'cls' || isJson) && sample.label === undefined;
  const shows =
    from !== undefined && ((isMask && sample.truth?.mask === undefined) || isJson || kind === 'boxes.json');
  if (
    bytes > mostEntryBytes ||
    !(isPicture || says || shows) ||
    (isPicture && sample.picture !== undefined)
  ) {
    if (isPicture && bytes > mostEntryBytes)
      sample.error = `${bytes} bytes; at most ${mostEntryBytes} are read`;
    sample.others.push(ending);
    entry.resume();
    return undefined;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk as Buffer);
  const content = Buffer.concat(chunks);
  if (isPicture) sample.picture = content;
  else if (isMask) sample.truth = { ...sample.truth, mask: { path: String(from), bytes: content } };
  else if (kind === 'cls') sample.label = content.toString('utf8').trim() || undefined;
  else return readJson(sample, content, { isJson, says, from });
  return undefined;
}

const said = z.union([z.string(), z.number()]).optional();
const labelled = z.object({ label: said, class: said, class_name: said, cls: said });

/** Reads the class and the boxes of `.json`, or the boxes of `.boxes.json`. */
function readJson(
  sample: Sample,
  content: Buffer,
  { isJson, says, from }: { isJson: boolean; says: boolean; from: string | undefined },
): string | undefined {
  let json: unknown;
  try {
    json = parseJson(content.toString('utf8'), `${sample.key}.json`);
  } catch {
    json = undefined;
  }
  const hasBoxes = !isJson || (typeof json === 'object' && json !== null && 'boxes' in json);
  if (from !== undefined && hasBoxes) sample.truth = { ...sample.truth, ...saidBoxes(json, from) };
  return isJson && says ? readLabel(sample, json) : undefined;
}

function readLabel(sample: Sample, content: unknown): string | undefined {
  try {
    const json = labelled.parse(content);
    const label = json.label ?? json.class ?? json.class_name ?? json.cls;
    if (label !== undefined) sample.label = String(label);
    return undefined;
  } catch {
    const fields = Object.keys(labelled.shape).join(', ');
    return `${sample.key}.json is not a JSON object, or one of its fields ${fields} is neither text nor a number: it gives no class`;
  }
}

function placed(from: string, { key, picture, label, truth, error, others }: Sample, next: number): Placed {
  if (picture !== undefined) return { picture: { key, from, picture, label, truth }, next };
  const reason =
    error ?? `this key has no picture, only ${others.map((ending) => `.${ending}`).join(', ') || 'a class'}`;
  return { picture: { key, from, picture: '', label, error: reason }, next };
}

async function isClosed(path: string, size: number): Promise<boolean> {
  if (size < 2 * block) return false;
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2 * block), 0, 2 * block, size - 2 * block);
    return buffer.every((byte) => byte === 0);
  } finally {
    await file.close();
  }
}
