/**
 * SVG to PNG in Node, by resvg. Text is drawn with this package's font instead of the system's, so that
 * pictures are the same everywhere.
 */
import { createRequire } from 'node:module';
import { type RenderedImage, Resvg, type ResvgRenderOptions } from '@resvg/resvg-js';

/** Options of `rasterize`. */
export interface RasterizeOptions {
  /** Width of the PNG in pixels; the height follows. Takes precedence over `scale`. */
  width?: number;
  /** Pixels per SVG unit; default 2. */
  scale?: number;
  /** A CSS colour, or 'transparent'; default 'white'. */
  background?: string;
  /**
   * Further font files (TrueType, OpenType), for scripts that Source Sans 3 lacks, e.g. Chinese. Default
   * none.
   */
  fontFiles?: readonly string[];
}

const require = createRequire(import.meta.url);
const faces = [
  '400Regular/SourceSans3_400Regular.ttf',
  '400Regular_Italic/SourceSans3_400Regular_Italic.ttf',
  '600SemiBold/SourceSans3_600SemiBold.ttf',
];

/**
 * Draws an SVG document as a PNG file (8-bit RGBA), in 2 pixels per SVG unit, on white, unless told
 * otherwise. Text is drawn with Source Sans 3, which comes along, and the fonts in the options, not with the
 * system's.
 * @returns the bytes of the PNG file
 * @throws when the text is not SVG, or width or scale is not a finite number > 0
 * @example
 * ```ts
 * import { rasterize, readPicture, writeFileWhole } from 'high-res-mapping/node';
 *
 * const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"><path d="M0 0h2v2H0"/></svg>';
 * const png = rasterize(svg, { width: 80 });
 * await writeFileWhole('half-black.png', png);
 * const { shape, data } = await readPicture(png);
 * console.log(shape, data[0], data[3 * 79]); //=> [ 40, 80, 3 ] 0 255
 * ```
 */
export function rasterize(svg: string, options: RasterizeOptions = {}): Uint8Array {
  return new Uint8Array(renderSvg(svg, options).asPng());
}

/** `rasterize` to pixels: RGBA, premultiplied. */
export function renderSvg(svg: string, options: RasterizeOptions = {}): RenderedImage {
  const { width, scale = 2, background = 'white', fontFiles = [] } = options;
  const value = width ?? scale;
  if (!(Number.isFinite(value) && value > 0)) {
    throw new Error(
      `rasterize: ${width === undefined ? 'scale' : 'width'} must be a number > 0, got ${value}`,
    );
  }
  const render: ResvgRenderOptions = {
    background: background === 'transparent' ? undefined : background,
    fitTo: width === undefined ? { mode: 'zoom', value } : { mode: 'width', value },
    font: {
      loadSystemFonts: false,
      fontFiles: [
        ...faces.map((face) => require.resolve(`@expo-google-fonts/source-sans-3/${face}`)),
        ...fontFiles,
      ],
      defaultFontFamily: 'Source Sans 3',
      sansSerifFamily: 'Source Sans 3',
    },
  };
  let resvg: Resvg;
  try {
    resvg = new Resvg(svg, render);
  } catch (error) {
    throw new Error(`rasterize: the SVG cannot be drawn (${(error as Error).message})`);
  }
  return resvg.render();
}
