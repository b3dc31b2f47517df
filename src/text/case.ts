/** One name in different spellings: for options, requests, addresses. */

/** `roiPercentile` in the spelling of the command line and of addresses: `roi-percentile`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `roiPercentile` in the spelling of requests, JSON and file names: `roi_percentile`. */
export function snakeCase(name: string): string {
  return kebabCase(name).replaceAll('-', '_');
}
