/** Files to download: the same ones that `hrm explain` writes. */

import regular from '@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf?url&no-inline';
import semiBold from '@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf?url&no-inline';
import { encode } from 'fast-png';
import { strToU8, zipSync } from 'fflate';
import { type FullSize, fullSize } from '../../explain/full-size.ts';
import { cutOutOf } from '../../refine/full-size/lay-out.ts';
import { mapsOf } from '../../refine/maps-of.ts';
import type { Refinement } from '../../refine/pipeline.ts';
import { maskImage } from '../../render/mask-picture.ts';
import { overlay } from '../../render/overlay.ts';
import { drawPipeline } from '../../render/pipeline-figure.ts';
import { explanationJson } from '../../report/explanation.ts';
import { figureWords } from '../../report/figure-words.ts';
import { encodeNpy } from '../../tensor/npy.ts';
import type { Picture } from '../../tensor/tensor.ts';
import type { Explained } from '../state/pane.ts';
import { toImageData } from './paint.ts';

/** A file to be saved. */
export interface Saved {
  readonly name: string;
  readonly content: Blob;
}

/** The data that files are made from. */
export interface Shown {
  readonly explained: Explained;
  readonly refinement: Refinement;
}

/** A kind of file: its button, and how it is made. */
export interface FileKind {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  make(shown: Shown): Promise<Saved>;
}

export const fileKinds: readonly FileKind[] = [
  {
    id: 'figure-png',
    title: 'Figure, PNG',
    hint: 'every step, in one picture',
    make: async (shown) => saved(shown, 'pipeline.png', await svgToPng(figureSvg(shown))),
  },
  {
    id: 'figure-svg',
    title: 'Figure, SVG',
    hint: 'the same, as vectors',
    make: async (shown) =>
      saved(shown, 'pipeline.svg', new Blob([figureSvg(shown)], { type: 'image/svg+xml' })),
  },
  {
    id: 'overlay-png',
    title: 'Overlay, PNG',
    hint: 'the refined map over the picture, in its own size',
    make: async (shown) => {
      const { picture, levels } = await fullSizeOf(shown);
      return saved(shown, 'overlay.png', await pictureToPng(overlay(picture, levels)));
    },
  },
  {
    id: 'mask',
    title: 'Mask, PNG',
    hint: 'the pixels that are kept, white, in the size of the picture',
    make: async (shown) => {
      const { data, shape } = maskImage((await fullSizeOf(shown)).mask);
      const bytes = encode({ data, height: shape[0], width: shape[1], channels: 1 });
      return saved(shown, 'mask.png', new Blob([bytes as BlobPart], { type: 'image/png' }));
    },
  },
  {
    id: 'cut-out',
    title: 'Cut-out, PNG',
    hint: 'the picture in its own size, transparent where it is not kept',
    make: async (shown) => {
      const { picture, mask } = await fullSizeOf(shown);
      return saved(shown, 'cutout.png', await pictureToPng(cutOutOf(picture, mask)));
    },
  },
  {
    id: 'json',
    title: 'Numbers, JSON',
    hint: 'predictions, bounds, focal points, box',
    make: async (shown) =>
      saved(shown, 'json', new Blob([await jsonOf(shown)], { type: 'application/json' })),
  },
  {
    id: 'maps',
    title: 'All maps, .npy',
    hint: 'in one .zip',
    make: async (shown) =>
      saved(shown, 'maps.zip', new Blob([await zipOf(shown)], { type: 'application/zip' })),
  },
];

/** The names of the maps, as in `NAME.low_cam.npy`. */
export function mapFileNames({ refinement }: Shown): string[] {
  return Object.keys(mapsOf(refinement));
}

export function mapFile(shown: Shown, map: string): Saved {
  return saved(shown, `${map}.npy`, new Blob([encodeNpy(mapsOf(shown.refinement)[map]) as BlobPart]));
}

/** Saves a file as a download of the browser. */
export function save({ name, content }: Saved): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function stem({ explained }: Shown): string {
  return explained.file.name.replace(/\.[^.]*$/, '');
}

function saved(shown: Shown, ending: string, content: Blob): Saved {
  return { name: `${stem(shown)}.${ending}`, content };
}

const fullSizes = new WeakMap<Refinement, Promise<FullSize>>();

/** The result in the picture's own size, computed once for all files. */
function fullSizeOf({ explained, refinement }: Shown): Promise<FullSize> {
  const made = fullSizes.get(refinement) ?? fullSize(explained.file, { ...explained, refinement });
  fullSizes.set(refinement, made);
  return made;
}

function figureSvg(shown: Shown): string {
  const { explained, refinement } = shown;
  const [height, width] = explained.picture.shape;
  return drawPipeline(refinement, {
    aspect: width / height,
    ...figureWords(stem(shown), explained.explained.name, explained),
    predictions: explained.predictions.slice(0, 5),
  });
}

async function jsonOf(shown: Shown): Promise<string> {
  const { explained, refinement } = shown;
  const { file, covers, model, method, predictions, explained: of } = explained;
  return explanationJson({
    image: file.path,
    covers,
    method,
    model: { file: model, predictions: predictions.slice(0, 5) },
    of: { explained: of, full: await fullSizeOf(shown), refinement },
  });
}

async function zipOf(shown: Shown): Promise<Uint8Array<ArrayBuffer>> {
  const files = Object.entries(mapsOf(shown.refinement)).map(([map, values]) => {
    return [`${stem(shown)}.${map}.npy`, encodeNpy(values)] as const;
  });
  const json = [`${stem(shown)}.json`, strToU8(await jsonOf(shown))] as const;
  return zipSync(Object.fromEntries([...files, json])) as Uint8Array<ArrayBuffer>;
}

async function pictureToPng(picture: Picture): Promise<Blob> {
  const [height, width] = picture.shape;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new RangeError('out of memory');
  context.putImageData(toImageData(picture), 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** Two pixels a unit, in the figures' font, as on the command line. */
async function svgToPng(svg: string): Promise<Blob> {
  const faces = await Promise.all([fontFace(400, regular), fontFace(600, semiBold)]);
  const withFont = svg.replace(/<svg[^>]*>/, (tag) => `${tag}<style>${faces.join('')}</style>`);
  const url = URL.createObjectURL(new Blob([withFont], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(2 * image.width);
    canvas.height = Math.round(2 * image.height);
    const context = canvas.getContext('2d');
    if (context === null) throw new RangeError('out of memory');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new RangeError('out of memory'))), 'image/png');
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A browser loads nothing from outside an SVG that is drawn as a picture: the font must be embedded. */
async function fontFace(weight: number, url: string): Promise<string> {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x2000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x2000));
  }
  return `@font-face{font-family:'Source Sans 3';font-weight:${weight};src:url(data:font/ttf;base64,${btoa(binary)})}`;
}
