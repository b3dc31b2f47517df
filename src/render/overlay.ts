/** Overlays a map on its image. */
import { scaleLinear } from 'd3-scale';
import { sampleBilinear } from '../tensor/sample-bilinear.ts';
import { type FloatMap, type Picture, type Tensor, tensor } from '../tensor/tensor.ts';
import { percent } from '../text/percent.ts';
import { type ColormapName, colorIndices, colorTable, resolveRange, type ValueRange } from './colormap.ts';
import { fitText, fontFamily, formatNumber, textWidth } from './font.ts';
import { type Medium, svgMedium } from './medium.ts';
import { enlargePixels, pictureSize, toRgb } from './resample.ts';
import { element, svgDocument, text } from './svg.ts';

/** Options of `overlay`. */
export interface OverlayOptions {
  /** Default 'turbo'; 'bluered' where the range is symmetric: 'symmetric', or one from -m to m. */
  colormap?: ColormapName;
  /** As in `colorize`; default 'minmax'. */
  range?: ValueRange;
  /**
   * Opacity of the map in [0, 1]; with `fade`, of its strongest values. Default 0.7 with `fade`, 0.5 without.
   */
  opacity?: number;
  /**
   * Whether the image shows through weak values: the opacity rises smoothly from 0 in the lowest fifth of the
   * range to `opacity` in its highest; in a symmetric range, from 0 around zero to `opacity` towards both
   * ends. Without it the opacity is constant, which veils the whole image. Default true.
   */
  fade?: boolean;
}

/** Options of `drawOverlay`. */
export interface DrawOverlayOptions extends OverlayOptions {
  /** Heading above the picture; default none. */
  title?: string;
  /** Line below the picture, e.g. the class; default none. */
  caption?: string;
  /** Probability in [0, 1], written after the caption in per cent; default none. */
  probability?: number;
  /** Smaller line below everything, e.g. which part of a picture this is; default none. */
  note?: string;
  /** The meaning of the colour bar's numbers; default 'CAM'. */
  label?: string;
  /** Length of the picture's longer side in SVG units; default 320. */
  size?: number;
}

/** How each value of a map is drawn over an image. */
export interface OverlayStyle {
  colormap: ColormapName;
  range: ValueRange;
  /** Opacity of each of the 256 colours, in [0, 1]. */
  alpha: Float32Array;
}

/**
 * The style, with defaults filled in.
 * @throws when the opacity is outside [0, 1]
 */
export function overlayStyle(options: OverlayOptions): OverlayStyle {
  const { fade = true, range = 'minmax' } = options;
  const symmetric = isSymmetric(range);
  const { colormap = symmetric ? 'bluered' : 'turbo', opacity = fade ? 0.7 : 0.5 } = options;
  if (!(opacity >= 0 && opacity <= 1)) throw new Error(`overlay: opacity must be in [0, 1], got ${opacity}`);
  const alpha = new Float32Array(256).fill(opacity);
  if (fade) {
    for (let i = 0; i < 256; i++) {
      const strength = symmetric ? Math.abs(i - 127.5) / 127.5 : i / 255;
      // Smoothstep from 0.2 to 0.8: the lowest fifth is transparent, the highest fifth has full opacity.
      const t = Math.min(Math.max((strength - 0.2) / 0.6, 0), 1);
      alpha[i] = opacity * t * t * (3 - 2 * t);
    }
  }
  return { colormap, range, alpha };
}

function isSymmetric(range: ValueRange): boolean {
  return range === 'symmetric' || (typeof range !== 'string' && range[1] > 0 && range[0] === -range[1]);
}

/**
 * Overlays a map on an image.
 * @param image uint8 `[H, W, 3]` or `[H, W, 1]`
 * @param map float32 of any size; resized to the image (bilinear, half-pixel centres). Or its levels, uint8
 * `[H, W]`, 0 for the lowest end of the range to 255 for the highest, as `fullSize` returns them
 * @returns uint8 RGB `[H, W, 3]`
 * @throws when a shape is invalid, the opacity is outside [0, 1], or as `colorize` does
 * @example
 * ```ts
 * import { overlay, tensor } from 'high-res-mapping';
 *
 * const picture = tensor('uint8', [1, 2, 3], [100, 100, 100, 100, 100, 100]);
 * const map = tensor('float32', [1, 2], [0, 1]);
 * const drawn = overlay(picture, map, { colormap: 'greys' }); // black, opacity 0.7, over the right pixel
 * console.log(drawn.data.join(' ')); //=> 100 100 100 30 30 30
 * ```
 */
export function overlay(image: Picture, map: FloatMap | Levels, options: OverlayOptions = {}): Picture {
  const style = overlayStyle(options);
  const { height, width } = pictureSize(image, 'overlay');
  const rgb = toRgb(image);
  const table = colorTable(style.colormap);
  const indices = isLevels(map) ? map.data : indicesOf(map, style.range, height, width);
  if (indices.length !== height * width) {
    throw new Error(`overlay: levels must have the image's size, [${height}, ${width}], got [${map.shape}]`);
  }
  // For each level, the share of the image that is left, and the colour that is added.
  const rest = style.alpha.map((alpha) => 1 - alpha);
  const added = Float32Array.from(table, (value, at) => value * style.alpha[Math.floor(at / 3)] + 0.5);
  const out = rgb.data.slice();
  for (let i = 0, at = 0; i < indices.length; i++, at += 3) {
    const level = indices[i];
    const left = rest[level];
    if (left === 1) continue; // the case of most pixels
    out[at] = rgb.data[at] * left + added[3 * level];
    out[at + 1] = rgb.data[at + 1] * left + added[3 * level + 1];
    out[at + 2] = rgb.data[at + 2] * left + added[3 * level + 2];
  }
  return tensor('uint8', [height, width, 3], out);
}

type Levels = Tensor<'uint8'>;

function isLevels(map: FloatMap | Levels): map is Levels {
  return map.dtype === 'uint8';
}

/** Indices in the colour table. The range is that of the original map: resizing reduces its extremes. */
function indicesOf(map: FloatMap, range: ValueRange, height: number, width: number): Uint8Array {
  const ends = resolveRange(map, range);
  return ends[0] < ends[1]
    ? colorIndices(sampleBilinear(map, height, width), ends)
    : colorIndices(tensor('float32', [height, width]), range === 'symmetric' ? 'symmetric' : undefined);
}

/**
 * Draws a map over its image with a colour bar, and a caption if one is given, as an SVG document.
 * @param image uint8 `[H, W, 3]` or `[H, W, 1]`
 * @param map float32 of any size
 * @param medium takes the pictures; default: embeds them into the document
 * @returns the SVG document, text
 * @throws as `overlay` does; when the probability is outside [0, 1] or the size is not > 0
 * @example
 * ```ts
 * import { drawOverlay, random, renderScene, tensor } from 'high-res-mapping';
 * import { writeFileWhole } from 'high-res-mapping/node';
 *
 * const { picture } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * const map = tensor('float32', [2, 2], [0, 0, 1, 0]);
 * const svg = drawOverlay(picture, map, { caption: 'star', probability: 0.98 });
 * await writeFileWhole('star-overlay.svg', svg);
 * console.log(svg.includes('<title>star</title>'), svg.includes('98.0 %')); //=> true true
 * ```
 */
export function drawOverlay(
  image: Picture,
  map: FloatMap,
  options: DrawOverlayOptions = {},
  medium: Medium = svgMedium,
): string {
  const { title, caption, probability, note, label = 'CAM', size = 320 } = options;
  if (!(Number.isFinite(size) && size > 0))
    throw new Error(`drawOverlay: size must be a number > 0, got ${size}`);
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) {
    throw new Error(`drawOverlay: a probability must be in [0, 1], got ${probability}`);
  }
  const pixels = pictureSize(image, 'drawOverlay');
  const longer = Math.max(pixels.height, pixels.width);
  const width = (size * pixels.width) / longer;
  const height = (size * pixels.height) / longer;
  const style = overlayStyle(options);
  const [low, high] = resolveRange(map, style.range);

  const margin = 12;
  const left = margin;
  const top = margin + (title === undefined ? 0 : 24);
  const barLeft = left + width + 12;
  const barWidth = 12;
  // The bar of a flat map has one tick.
  const scale = scaleLinear()
    .domain(low < high ? [low, high] : [low - 1, low + 1])
    .range([top + height, top]);
  const tickCount = Math.max(2, Math.min(6, Math.floor(height / 40)));
  const ticks = low < high ? scale.ticks(tickCount) : [low];
  const tickLabels = ticks.map(low < high ? scale.tickFormat(tickCount) : formatNumber);
  const tickWidth = Math.max(...tickLabels.map((tick) => textWidth(tick, 11)), 0);
  const totalWidth = barLeft + barWidth + 8 + tickWidth * 1.1 + 18 + margin - 4;
  const noteTop = top + height + (caption === undefined && probability === undefined ? 0 : 24);
  const totalHeight = noteTop + margin + (note === undefined ? 0 : 18);

  const parts: string[] = [
    medium.place(enlargePixels(overlay(image, map, options), 2.5 * size), { left, top, width, height }),
    medium.place(colorBar(style), { left: barLeft, top, width: barWidth, height }),
    element('rect', {
      x: barLeft,
      y: top,
      width: barWidth,
      height,
      fill: 'none',
      stroke: '#555555',
      'stroke-width': 0.75,
    }),
  ];
  ticks.forEach((tick, i) => {
    const y = scale(tick);
    const x = barLeft + barWidth;
    parts.push(
      element('path', { d: `M${x} ${y.toFixed(2)}h4`, stroke: '#555555', 'stroke-width': 0.75 }),
      text(tickLabels[i], {
        x: x + 7,
        y: y + 3.7,
        'font-size': 11,
        fill: '#333333',
      }),
    );
  });
  const labelX = totalWidth - margin + 2;
  const labelY = top + height / 2;
  parts.push(
    text(label, {
      x: labelX,
      y: labelY,
      transform: `rotate(-90 ${labelX.toFixed(2)} ${labelY.toFixed(2)})`,
      'text-anchor': 'middle',
      'font-size': 11,
      fill: '#333333',
    }),
  );
  if (title !== undefined) {
    const fitted = fitText(title, totalWidth - 2 * margin, 15, 11, 600);
    parts.push(
      text(fitted.content, {
        x: left,
        y: margin + 13,
        'font-size': fitted.size,
        'font-weight': 600,
        fill: '#111111',
      }),
    );
  }
  const share = probability === undefined ? undefined : percent(probability);
  if (caption !== undefined || share !== undefined) {
    const y = top + height + 20;
    const shareWidth = share === undefined ? 0 : textWidth(share, 13) + 10;
    const fitted = fitText(caption ?? '', Math.max(totalWidth - 2 * margin - shareWidth, 20), 14, 10, 600);
    if (caption !== undefined) {
      parts.push(
        text(fitted.content, {
          x: left,
          y,
          'font-size': fitted.size,
          'font-weight': 600,
          fill: '#111111',
        }),
      );
    }
    if (share !== undefined) {
      const x = caption === undefined ? left : left + textWidth(fitted.content, fitted.size, 600) + 8;
      parts.push(text(share, { x, y, 'font-size': 13, fill: '#555555' }));
    }
  }
  if (note !== undefined) {
    const fitted = fitText(note, totalWidth - 2 * margin, 12, 9);
    parts.push(text(fitted.content, { x: left, y: noteTop + 16, 'font-size': fitted.size, fill: '#555555' }));
  }
  const name = title ?? caption ?? 'Class activation map over its image';
  const description =
    `A map of values from ${formatNumber(low)} to ${formatNumber(high)} in the colours '${style.colormap}', laid over an image of ` +
    `${pixels.width} by ${pixels.height} pixels${caption === undefined ? '' : `: ${caption}`}${share === undefined ? '' : `, ${share}`}.${note === undefined ? '' : ` ${note}`}`;
  return svgDocument(
    {
      width: totalWidth,
      height: totalHeight,
      title: name,
      description,
      background: medium.background,
    },
    element('g', { 'font-family': fontFamily }, ...parts),
  );
}

/** The colours from the high end (top) to the low end, over white: uint8 `[256, 1, 3]`. */
function colorBar(style: OverlayStyle): Picture {
  const table = colorTable(style.colormap);
  const data = new Uint8Array(768);
  for (let i = 0; i < 256; i++) {
    for (let c = 0; c < 3; c++) {
      data[3 * (255 - i) + c] = Math.round(255 + (table[3 * i + c] - 255) * style.alpha[i]);
    }
  }
  return tensor('uint8', [256, 1, 3], data);
}
