/** One name in the spellings of those who read it: options, requests, addresses. */

/** `roiPercentile` as the command line and addresses write it: `roi-percentile`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `roiPercentile` as requests, JSON and file names write it: `roi_percentile`. */
export function snakeCase(name: string): string {
  return kebabCase(name).replaceAll('-', '_');
}
