/**
 * The font of the figures: Source Sans 3 (SIL Open Font License), with its character widths, so that text can
 * be laid out without a font engine. A viewer that lacks the font uses Helvetica or Arial, about 10 % wider.
 */

/** The `font-family` of every figure. */
export const fontFamily = "'Source Sans 3', Helvetica, Arial, sans-serif";

export type FontWeight = 400 | 600;

/** Advance widths of the characters U+0020 to U+007E, in thousandths of the font size. */
const widths: Readonly<Record<FontWeight, readonly number[]>> = {
  400: [
    200, 289, 426, 497, 497, 824, 609, 249, 303, 303, 418, 497, 249, 311, 249, 350, 497, 497, 497, 497, 497,
    497, 497, 497, 497, 497, 249, 249, 497, 497, 497, 425, 847, 543, 588, 571, 615, 527, 494, 617, 652, 263,
    479, 579, 486, 727, 647, 664, 566, 664, 569, 534, 536, 645, 515, 786, 513, 476, 539, 303, 350, 303, 497,
    500, 542, 504, 553, 456, 555, 496, 292, 504, 544, 246, 247, 495, 255, 829, 547, 542, 555, 555, 347, 419,
    338, 544, 467, 719, 446, 467, 425, 303, 241, 303, 497,
  ],
  600: [
    200, 315, 482, 513, 513, 841, 639, 275, 324, 324, 438, 513, 275, 322, 275, 344, 513, 513, 513, 513, 513,
    513, 513, 513, 513, 513, 275, 275, 513, 513, 513, 444, 875, 558, 597, 576, 625, 538, 510, 628, 663, 282,
    494, 597, 502, 745, 657, 674, 582, 674, 592, 545, 546, 655, 536, 800, 541, 501, 540, 324, 344, 324, 513,
    500, 549, 516, 563, 462, 564, 507, 317, 520, 558, 262, 263, 522, 271, 843, 560, 549, 564, 564, 373, 431,
    361, 556, 495, 748, 481, 495, 443, 324, 255, 324, 513,
  ],
};

/**
 * From the Hangul Jamo block on, most scripts are wide (Chinese, Japanese, Korean); before it are Latin,
 * Greek and Cyrillic.
 */
const firstWide = 0x1100;

/**
 * Width of a line of text in the units of `size`; kerning is ignored, characters beyond ASCII are estimated.
 */
export function textWidth(content: string, size: number, weight: FontWeight = 400): number {
  let sum = 0;
  for (const character of content) {
    const code = character.codePointAt(0)!;
    sum +=
      widths[weight][code - 32] ?? (code >= firstWide && !(code >= 0x2000 && code < 0x2e80) ? 1000 : 560);
  }
  return (sum * size) / 1000;
}

/** A line of text and its font size. */
export interface FittedText {
  content: string;
  size: number;
}

/**
 * Makes a line fit `width`: first by a smaller font size, at least `smallest`, then by cutting it off with an
 * ellipsis.
 */
export function fitText(
  content: string,
  width: number,
  size: number,
  smallest: number = size,
  weight: FontWeight = 400,
): FittedText {
  const wanted = (size * width) / Math.max(textWidth(content, size, weight), 1e-9);
  if (wanted >= size) return { content, size };
  if (wanted >= smallest) return { content, size: wanted };
  const characters = [...content];
  while (characters.length > 0 && textWidth(`${characters.join('')}…`, smallest, weight) > width) {
    characters.pop();
  }
  return { content: `${characters.join('').trimEnd()}…`, size: smallest };
}

/** Breaks text at spaces into lines of at most `width`; a longer word gets a line of its own. */
export function wrapText(content: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of content.split(/\s+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** A number for a label: three significant digits, a true minus sign, no trailing zeros. */
export function formatNumber(value: number): string {
  const short = Number(value.toPrecision(3));
  return String(Object.is(short, -0) ? 0 : short).replace('-', '−');
}
