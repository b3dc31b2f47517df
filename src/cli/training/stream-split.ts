/** Tars, Parquet files or a list that a run is trained or validated on. */
import type { Container, StreamedPicture } from '../../data/streams/container.ts';
import { openContainers } from '../../data/streams/open-containers.ts';
import { pictureStream } from '../../data/streams/picture-stream.ts';
import { classOf, type Survey, surveyStream } from '../../data/streams/survey-stream.ts';
import { FileError } from '../../errors/file-error.ts';
import { sampledDigests } from './chosen-on.ts';
import type { Fingerprint } from './fingerprint.ts';
import { shownSamples } from './samples.ts';

export interface StreamSplit {
  /** The stream as given: files, or a pattern of file names. */
  readonly dir: string;
  readonly classes: readonly string[];
  /** Number of readable images by class. */
  readonly counts: readonly number[];
  readonly containers: readonly Container[];
  /** Whether a picture of the containers belongs to this split. */
  readonly has: (picture: StreamedPicture) => boolean;
  /** The class index of a label in the stream; absent: no class is needed. */
  readonly labelOf?: (label: string) => number | undefined;
  /** The smallest `contentDigest`s of its pictures, as a sample. */
  readonly digests: readonly string[];
  /** Some of its pictures, for display. */
  readonly shown: readonly StreamedPicture[];
  /** The fingerprint of everything in the containers. */
  readonly print: Fingerprint;
  /** Warnings about the files, including what is not read. */
  readonly warnings: readonly string[];
}

export interface OpenStreamOptions {
  /** The held-out share of the pictures, in [0, 1). Default: 0. */
  readonly share?: number;
  readonly seed: number;
  /** Whether a class is needed. Default: true. */
  readonly byClass?: boolean;
  /** Called with each line about progress. */
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface OpenedStream {
  readonly classes: readonly string[];
  readonly train: StreamSplit;
  /** Absent when none is held out. */
  readonly heldOut?: StreamSplit;
}

/**
 * Reads a stream once for its classes, and splits it.
 * @throws `FileError` when it cannot be read, has no picture, or has none with a class
 */
export async function openStream(given: string, options: OpenStreamOptions): Promise<OpenedStream> {
  const { byClass = true } = options;
  const { containers, survey, warnings } = await look(given, options);
  const { isHeldOut, digests, shown } = survey;
  const classes = survey.classes.map(({ name }) => name);
  const part = (own: boolean, counts: readonly number[]): StreamSplit => ({
    dir: given,
    classes,
    counts,
    containers,
    has: (picture) => isHeldOut(picture) === own,
    labelOf: byClass ? labelsBy(classes) : undefined,
    digests,
    shown,
    print: printOf('train', survey),
    warnings,
  });
  const heldOut = survey.classes.map((one) => one.heldOut);
  return {
    classes,
    train: part(
      false,
      survey.classes.map((one) => one.trained),
    ),
    heldOut: heldOut.some((count) => count > 0) ? part(true, heldOut) : undefined,
  };
}

/**
 * Opens a stream for validation.
 * @throws as `openStream`; when it has a class that the training images lack
 */
export async function openValidationStream(
  given: string,
  classes: readonly string[],
  options: Omit<OpenStreamOptions, 'share' | 'byClass'>,
): Promise<StreamSplit> {
  const { containers, survey, warnings } = await look(given, options);
  const unknown = survey.classes.find(({ name }) => !classes.includes(name));
  if (unknown !== undefined) {
    throw new FileError(
      given,
      `the class ${unknown.name} is not one of the ${classes.length} training classes`,
    );
  }
  const counts = new Map(survey.classes.map(({ name, trained }) => [name, trained]));
  return {
    dir: given,
    classes,
    counts: classes.map((name) => counts.get(name) ?? 0),
    containers,
    has: () => true,
    labelOf: labelsBy(classes),
    digests: survey.digests,
    shown: survey.shown,
    print: printOf('val', survey),
    warnings,
  };
}

interface Looked {
  readonly containers: readonly Container[];
  readonly survey: Survey;
  readonly warnings: readonly string[];
}

async function look(
  given: string,
  { share = 0, seed, byClass = true, tell, signal }: OpenStreamOptions,
): Promise<Looked> {
  const containers = await openContainers(given);
  tell(`${given}: read once${byClass ? ' for its classes' : ''}, before the training`);
  const warnings: string[] = [];
  const onNote = (note: string): void => void warnings.push(note);
  const all = pictureStream(containers, { index: 0, count: 1 });
  const asked = { share, seed, byClass, digests: sampledDigests, shown: shownSamples, onNote, signal };
  const survey = await surveyStream(all, asked);
  const { pictures } = survey;
  if (survey.classes.length > 0) return { containers, survey, warnings };
  const reason = byClass ? `none of its ${pictures} pictures has a class` : 'no pictures in it';
  throw new FileError(given, reason);
}

function labelsBy(classes: readonly string[]): (label: string) => number | undefined {
  const indices = new Map(classes.map((name, index) => [name, index]));
  return (label) => indices.get(classOf({ key: '', picture: '', label }, true) as string);
}

function printOf(part: string, { classes }: Survey): Fingerprint {
  return Object.fromEntries(
    classes.map(({ name, trained, heldOut, digest }) => [
      `${part}/${name}`,
      { images: trained + heldOut, digest },
    ]),
  );
}
