/** What stands above and below the figure of an explanation. */

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

/** @param name of the picture @param className of the explained class, where one is known */
export function figureWords(
  name: string,
  className: string | undefined,
  method: UsedMethod | undefined,
): { title: string; caption: string | undefined } {
  const used = method && describeMethod(method);
  return {
    title: [className === undefined ? name : `${name}: ${className}`, ...(used ? [used] : [])].join(', '),
    caption: used && `Low-resolution CAM: the map of ${used}. High-resolution CAM: the same, enlarged.`,
  };
}

/** `LayerCAM (dense_5, dense_3), smoothed` */
export function describeMethod({ title, layers, smooth }: UsedMethod): string {
  return `${title} (${layers.join(', ')})${smooth ? ', smoothed' : ''}`;
}
