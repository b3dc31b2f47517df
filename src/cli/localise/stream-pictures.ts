/**
 * The measured pictures of a stream, which is read again in each pass. The files of pictures needed several
 * times are kept in memory.
 */
import type { Sample } from '../../data/dataset/image-folder.ts';
import type { MaskOptions } from '../../data/ground-truth/mask-rule.ts';
import { type ObjectTruth, objectTruth } from '../../data/ground-truth/object-truth.ts';
import { checkTruth, surveyTruth, type TruthSurvey } from '../../data/ground-truth/truth-survey.ts';
import { nameOf, type StreamedPicture } from '../../data/streams/container.ts';
import type { PictureStream } from '../../data/streams/picture-stream.ts';
import { streamBatches } from '../../data/streams/stream-batches.ts';
import { rawTruthOf, truthNeeded } from '../../data/streams/stream-truth.ts';
import { FileError } from '../../errors/file-error.ts';
import { openGiven, SaidClasses, sayNote } from '../labelled-stream.ts';
import { type MeasuredPictures, withTruths } from './pictures.ts';

/** A stream that has been read once. */
export interface SurveyedStream {
  /** The stream's name, as given. */
  readonly dir: string;
  readonly said: SaidClasses;
  readonly stream: PictureStream;
  readonly truth: TruthSurvey;
}

/**
 * Reads a stream once for its classes, masks and boxes.
 * @throws `FileError` when it cannot be read, when no picture has a mask or box, or when masks or boxes
 * cannot be used
 */
export async function surveyedStream(given: string, masks: MaskOptions): Promise<SurveyedStream> {
  const stream = await openGiven(given);
  const said = new SaidClasses();
  const truths = async function* () {
    for await (const { picture } of stream.read({ onNote: sayNote, withTruth: true })) {
      said.add(picture);
      if (picture.error === undefined) yield rawTruthOf(picture);
    }
  };
  const truth = await surveyTruth(truths(), { ...masks, where: given });
  checkTruth(truth);
  if (truth.masks + truth.boxes > 0) return { dir: given, said, stream, truth };
  throw new FileError(given, `there is no ground truth; ${truthNeeded} is needed`);
}

/** @param labelOf as in `streamBatches`; absent: no class is needed */
export function streamPictures(
  { dir, said, stream, truth }: SurveyedStream,
  labelOf: ((label: string) => number | undefined) | undefined,
): MeasuredPictures {
  const read = async function* (): AsyncGenerator<{ picture: StreamedPicture }> {
    yield* stream.read({ withTruth: true });
  };
  let held: ReadonlyMap<string, StreamedPicture> = new Map();
  const find = async (paths: readonly string[]): Promise<ReadonlyMap<string, StreamedPicture>> => {
    if (paths.every((path) => held.has(path))) return held;
    const missing = new Set(paths);
    const found = new Map<string, StreamedPicture>();
    for await (const { picture } of read()) {
      const name = nameOf(picture);
      if (picture.error === undefined && missing.delete(name)) found.set(name, picture);
      if (missing.size === 0) break;
    }
    const [gone] = missing;
    if (gone !== undefined) throw new FileError(gone, 'it was in the stream before, and is missing now');
    return found;
  };
  const truthOf = (picture: StreamedPicture): Promise<ObjectTruth | undefined> =>
    objectTruth(rawTruthOf(picture), truth);
  const these = async function* (wanted: readonly Sample[]): AsyncGenerator<{ picture: StreamedPicture }> {
    const found = await find(wanted.map(({ path }) => path));
    for (const { path, label } of wanted) {
      yield { picture: { ...(found.get(path) as StreamedPicture), label: String(label) } };
    }
  };
  return {
    dir,
    count: said.count,
    notes: truth.notes,
    batches: ({ imSize, batchSize, valueRange, onNote, channels }, onSkipped, wanted) =>
      withTruths(
        streamBatches(wanted ? these(wanted) : read(), {
          size: imSize,
          channels: channels as 1 | 3,
          batchSize,
          valueRange,
          onNote,
          labelOf: wanted ? Number : labelOf,
          onUnreadable: (path, { reason }) => onSkipped(path, reason),
        }),
        ({ items }) => Promise.all(items.map(({ picture }) => truthOf(picture))),
        onSkipped,
      ),
    hold: async (paths) => {
      held = await find(paths);
    },
    one: async (path) => {
      const picture = (await find([path])).get(path) as StreamedPicture;
      return { file: picture.picture, truth: await truthOf(picture) };
    },
    nameOf: (path) => path,
  };
}
