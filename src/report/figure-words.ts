/** The title and the caption of an explanation's figure. */
import { type Covers, pixelsText } from './explanation.ts';

/** A CAM method whose map was explained and refined instead of the model's own maps. */
export interface UsedMethod {
  /** As on the command line. */
  readonly name: string;
  /** As shown to people. */
  readonly title: string;
  /** The layers that it used. */
  readonly layers: readonly string[];
  readonly smooth: boolean;
}

/** The facts about a figure's maps that its caption states. */
export interface FigureMaps {
  /** Absent if the maps are the model's own, or from elsewhere. */
  readonly method?: UsedMethod;
  /**
   * Whether the high-res map is the low-res one, enlarged; default: true for a method's map, false for the
   * model's own.
   */
  readonly enlarged?: boolean;
  /** The part of the picture that they show; absent: all of it. */
  readonly covers?: Covers;
}

/**
 * The title and the caption of a figure, as `drawPipeline` takes them.
 * @param name of the picture
 * @param className the explained class, if it is known
 * @param maps such as the result of `explain`
 * @returns the caption is undefined where the figure says it all: the model's own maps of the whole
 * picture
 * @example
 * ```ts
 * import { figureWords } from 'high-res-mapping';
 *
 * const method = { name: 'grad-cam', title: 'Grad-CAM', layers: ['dense_5'], smooth: false };
 * const { title, caption } = figureWords('coffee.jpg', 'espresso', { method, enlarged: false });
 * console.log(title); //=> coffee.jpg: espresso, Grad-CAM (dense_5)
 * console.log(caption?.split('. ')[0]); //=> Low-resolution CAM: the map of Grad-CAM (dense_5)
 * ```
 */
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

/** Where the maps come from, if their panels do not say it; undefined: nothing to add. */
export function figureCaption({ method, enlarged, covers }: FigureMaps): string | undefined {
  const sentences: string[] = [];
  if (method) {
    sentences.push(
      `Low-resolution CAM: the map of ${describeMethod(method)}.`,
      enlarged === false
        ? 'High-resolution CAM: the same evidence, moved by the expansion.'
        : 'High-resolution CAM: the low-resolution one, enlarged.',
    );
  } else if (enlarged) {
    sentences.push('High-resolution CAM: the low-resolution one, enlarged, since the model has no other.');
  }
  if (covers) sentences.push(coversSentence(covers));
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/**
 * The part of a picture that is shown: `The middle of the picture: x 20 to 236, y 0 to 216 of its pixels.`
 */
export function coversSentence(covers: Covers): string {
  return `The middle of the picture: ${pixelsText(covers)} of its pixels.`;
}

/**
 * A CAM method in words: its title, the layers that it used, and whether it is smoothed.
 * @param method such as `Explained.method`
 * @example
 * ```ts
 * import { describeMethod } from 'high-res-mapping';
 *
 * const method = { name: 'layer-cam', title: 'LayerCAM', layers: ['dense_5', 'dense_3'], smooth: true };
 * console.log(describeMethod(method)); //=> LayerCAM (dense_5, dense_3), smoothed
 * ```
 */
export function describeMethod({ title, layers, smooth }: UsedMethod): string {
  return `${title} (${layers.join(', ')})${smooth ? ', smoothed' : ''}`;
}
