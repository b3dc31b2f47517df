/** Shares in per cent. */

/**
 * A share without its sign, as `93.2`.
 * @param digits after the decimal point
 */
export function inPercent(share: number, digits = 1): string {
  return (100 * share).toFixed(digits);
}

/**
 * A share as `93.2 %`.
 * @param digits after the decimal point
 */
export function percent(share: number, digits = 1): string {
  return `${inPercent(share, digits)} %`;
}

/** A share as `93.2 %`, or `5 %` if it is whole. */
export function shortPercent(share: number): string {
  return `${inPercent(share).replace(/\.0$/, '')} %`;
}
