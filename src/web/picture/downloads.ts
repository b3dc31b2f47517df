/** Files to take away: the same that `hrm explain` writes, and the cut-out. */

import regular from '@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf?url&no-inline';
import semiBold from '@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf?url&no-inline';
import { strToU8, zipSync } from 'fflate';
import { resizeNearest } from '../../refine/maps/resize-nearest.ts';
import { mapsOf } from '../../refine/maps-of.ts';
import type { Refinement } from '../../refine/pipeline.ts';
import { drawOverlay } from '../../render/overlay.ts';
import { drawPipeline } from '../../render/pipeline-figure.ts';
import { explanationJson } from '../../report/explanation.ts';
import { coversSentence, figureWords } from '../../report/figure-words.ts';
import { encodeNpy } from '../../tensor/npy.ts';
import type { Explained } from '../state/pane.ts';
import { toImageData } from './paint.ts';

/** A file to be saved. */
export interface Saved {
  readonly name: string;
  readonly content: Blob;
}

/** What files are made of. */
export interface Shown {
  readonly explained: Explained;
  readonly refinement: Refinement;
}

/** A kind of file: what it is called on its button, and how it is made. */
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
    hint: 'the refined map over the picture',
    make: async (shown) => saved(shown, 'overlay.png', await svgToPng(overlaySvg(shown))),
  },
  {
    id: 'cut-out',
    title: 'Cut-out, PNG',
    hint: 'what is kept, the rest transparent',
    make: async (shown) => saved(shown, 'cutout.png', await cutOutPng(shown)),
  },
  {
    id: 'json',
    title: 'Numbers, JSON',
    hint: 'predictions, bounds, focal points, box',
    make: async (shown) => saved(shown, 'json', new Blob([jsonOf(shown)], { type: 'application/json' })),
  },
  {
    id: 'maps',
    title: 'All maps, .npy',
    hint: 'in one .zip',
    make: async (shown) => saved(shown, 'maps.zip', new Blob([zipOf(shown)], { type: 'application/zip' })),
  },
];

/** The names of the maps, as in `NAME.low_cam.npy`. */
export function mapFileNames({ refinement }: Shown): string[] {
  return Object.keys(mapsOf(refinement));
}

export function mapFile(shown: Shown, map: string): Saved {
  return saved(shown, `${map}.npy`, new Blob([encodeNpy(mapsOf(shown.refinement)[map]) as BlobPart]));
}

/** Hands a file to the browser, which saves it. */
export function save({ name, content }: Saved): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function stem({ explained }: Shown): string {
  return explained.file.name.replace(/\.[^.]*$/, '');
}

function saved(shown: Shown, ending: string, content: Blob): Saved {
  return { name: `${stem(shown)}.${ending}`, content };
}

function figureSvg(shown: Shown): string {
  const { explained, refinement } = shown;
  return drawPipeline(refinement, {
    ...figureWords(stem(shown), explained.explained.name, explained),
    predictions: explained.predictions.slice(0, 5),
  });
}

function overlaySvg(shown: Shown): string {
  const { explained, refinement } = shown;
  return drawOverlay(explained.picture, refinement.merged, {
    title: stem(shown),
    caption: explained.explained.name,
    probability: explained.explained.probability,
    note: explained.covers && coversSentence(explained.covers),
    label: 'refined CAM',
    size: 480,
  });
}

function jsonOf({ explained, refinement }: Shown): string {
  const { file, covers, model, method, predictions, explained: of } = explained;
  return explanationJson({
    image: file.path,
    covers,
    refinement,
    method,
    model: { file: model, predictions: predictions.slice(0, 5), explained: of },
  });
}

function zipOf(shown: Shown): Uint8Array<ArrayBuffer> {
  const files = Object.entries(mapsOf(shown.refinement)).map(([map, values]) => {
    return [`${stem(shown)}.${map}.npy`, encodeNpy(values)] as const;
  });
  const json = [`${stem(shown)}.json`, strToU8(jsonOf(shown))] as const;
  return zipSync(Object.fromEntries([...files, json])) as Uint8Array<ArrayBuffer>;
}

async function cutOutPng({ explained, refinement }: Shown): Promise<Blob> {
  const { picture } = explained;
  const [height, width] = picture.shape;
  const alpha = resizeNearest(refinement.kept, height, width).data.map((kept) => 255 * kept);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(toImageData(picture, alpha as Uint8Array), 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** Two pixels a unit, as the command line draws its figures, in their font. */
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

/** Nothing outside an SVG is loaded when it is drawn as a picture: the font must be in it. */
async function fontFace(weight: number, url: string): Promise<string> {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x2000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x2000));
  }
  return `@font-face{font-family:'Source Sans 3';font-weight:${weight};src:url(data:font/ttf;base64,${btoa(binary)})}`;
}
