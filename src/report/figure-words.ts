/** What stands above and below the figure of an explanation. */
import { type Covers, pixelsText } from './explanation.ts';

/** A CAM method whose map was explained and refined in the place of the model's own maps. */
export interface UsedMethod {
  /** As on the command line. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  /** That it looked at. */
  readonly layers: readonly string[];
  readonly smooth: boolean;
}

/** What must be known of the maps that a figure shows. */
export interface FigureMaps {
  /** Absent where they are the model's own, or come from elsewhere. */
  readonly method?: UsedMethod;
  /** Whether the high-res map is the low-res one, enlarged; default: of a method's map it is, of the model's own it is not. */
  readonly enlarged?: boolean;
  /** The part of the picture that they are of; absent: all of it. */
  readonly covers?: Covers;
}

/** The title and the caption of a figure. @param name of the picture @param className of the explained class, where one is known */
export function figureWords(
  name: string,
  className: string | undefined,
  maps: FigureMaps,
): { title: string; caption: string | undefined } {
  const used = maps.method && describeMethod(maps.method);
  return {
    title: [className === undefined ? name : `${name}: ${className}`, ...(used ? [used] : [])].join(', '),
    caption: figureCaption(maps),
  };
}

/** Where the maps are from, as far as their panels do not say it; undefined: they say all. */
export function figureCaption({ method, enlarged, covers }: FigureMaps): string | undefined {
  const sentences: string[] = [];
  if (method) {
    sentences.push(
      `Low-resolution CAM: the map of ${describeMethod(method)}.`,
      enlarged === false
        ? 'High-resolution CAM: the same evidence, where the expansion says it belongs.'
        : 'High-resolution CAM: the same, enlarged.',
    );
  } else if (enlarged) {
    sentences.push('High-resolution CAM: the low-resolution one, enlarged, since the model has no other.');
  }
  if (covers) sentences.push(coversSentence(covers));
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** Which part of a picture is shown: `The middle of the picture: x 20 to 236, y 0 to 216 of its pixels.` */
export function coversSentence(covers: Covers): string {
  return `The middle of the picture: ${pixelsText(covers)} of its pixels.`;
}

/** `LayerCAM (dense_5, dense_3), smoothed` */
export function describeMethod({ title, layers, smooth }: UsedMethod): string {
  return `${title} (${layers.join(', ')})${smooth ? ', smoothed' : ''}`;
}
