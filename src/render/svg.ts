/**
 * Small helpers to write SVG text, safe to use in a browser. All text from outside is escaped here and
 * nowhere else.
 */
import { encode } from 'fast-png';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Values of an element's attributes; numbers are written with at most two decimals, `undefined` leaves the
 * attribute out.
 */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** A document's properties besides its content; screen readers read `title` and `description`. */
export interface DocumentOptions {
  /** In user units (CSS pixels). */
  width: number;
  /** In user units (CSS pixels). */
  height: number;
  title: string;
  description: string;
  /** The page's colour, default white; `none` leaves it transparent. */
  background?: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as XML content or attribute value. Characters that XML 1.0 does not allow become U+FFFD. */
export function escapeXml(value: string): string {
  return (
    value
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replace(/[&<>"']/g, (character) => entities[character])
  );
}

/**
 * A number in SVG: at most two decimals, no trailing zeros.
 * @throws when it is not finite
 */
export function coordinate(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`internal: SVG coordinate ${value}`);
  return String(Math.round(value * 100) / 100 + 0);
}

/**
 * `<name attributes>children</name>`; only the attributes are escaped, since the children are SVG already.
 */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  let open = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    open += ` ${key}="${typeof value === 'number' ? coordinate(value) : escapeXml(value)}"`;
  }
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

/** `<text>` with escaped content. */
export function text(content: string, attributes: Attributes): string {
  return element('text', attributes, escapeXml(content));
}

/** A whole document, with `role="img"`, `<title>` and `<desc>`. */
export function svgDocument(options: DocumentOptions, ...children: readonly string[]): string {
  const { width, height, title, description, background = '#ffffff' } = options;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${coordinate(width)} ${coordinate(height)}`,
      role: 'img',
    },
    element('title', {}, escapeXml(title)),
    element('desc', {}, escapeXml(description)),
    background === 'none' ? '' : element('rect', { width, height, fill: background }),
    ...children,
  );
}

/**
 * A picture as a PNG data URI, to embed in SVG or HTML. Lossless.
 * @param picture uint8 `[H, W, C]`, C = 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA, not premultiplied)
 * @throws when the shape is another one, or has no pixel
 */
export function pngDataUri(picture: Tensor<'uint8'>): string {
  const [height, width, channels] = picture.shape;
  if (picture.shape.length !== 3 || height < 1 || width < 1 || channels < 1 || channels > 4) {
    throw new Error(`pngDataUri: a picture must have shape [H, W, 1 to 4], this one has [${picture.shape}]`);
  }
  const bytes = encode({ width, height, channels, data: picture.data });
  let binary = '';
  // In pieces: spreading the whole array would overflow the stack.
  for (let i = 0; i < bytes.length; i += 0x2000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x2000));
  }
  return `data:image/png;base64,${btoa(binary)}`;
}
