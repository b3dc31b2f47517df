/** Baseline JPEG files straight to the size asked for: about four times as fast as sharp for pictures of a few hundred pixels. */
import { type HuffmanCodes, type JpegHeader, readJpegHeader } from './jpeg-header.ts';
import { Workspace } from './kernels.ts';

/** Above this sharp is faster, which lets the decoder leave out detail that resizing would. */
const mostPixels = 2 ** 20;
/** The most that a side may shrink: `assembly/pictures/taps.ts` has room for so many taps. */
const mostShrink = 8;
const tapsBytes = 56;
const huffmanBytes = 1088 + 256;

/**
 * Decodes and resizes by the triangle filter that `readPicture` describes, luma and chroma apart.
 * @returns uint8 `[height, width, 3]`; undefined for a file of another kind (`readJpegHeader` says which), of more than 2^20 pixels
 * or eight times the size, or one that is damaged: sharp may know more.
 */
export function decodeJpeg(bytes: Uint8Array, height: number, width: number): Uint8Array | undefined {
  const header = readJpegHeader(bytes);
  if (header === undefined || Math.max(header.width * header.height, width * height) > mostPixels)
    return undefined;
  if (header.width > mostShrink * width || header.height > mostShrink * height) return undefined;
  try {
    return decode(bytes, header, height, width);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return undefined; // the bits led out of memory
    throw error;
  }
}

function decode(
  bytes: Uint8Array,
  header: JpegHeader,
  height: number,
  width: number,
): Uint8Array | undefined {
  const { components, scan } = header;
  const work = new Workspace();
  const [{ across, down }] = components;
  const unitsAcross = Math.ceil(header.width / (8 * across));
  const unitsDown = Math.ceil(header.height / (8 * down));
  const planes = components.map((component) => {
    const rows = 8 * component.down * unitsDown;
    return { rows, plane: work.room(8 * component.across * unitsAcross * rows) };
  });
  const codes = new Set(components.flatMap(({ dc, ac }) => [dc, ac]));
  const tables = new Map([...codes].map((each) => [each, putHuffmanTable(work, each)]));
  if ([...tables.values()].includes(0)) return undefined;
  const words = components.flatMap((component, i) => [
    ...[component.across, component.down, work.put(component.quantization)],
    ...[tables.get(component.dc) as number, tables.get(component.ac) as number],
    ...[planes[i].plane, planes[i].rows, 0],
  ]);
  const file = work.put(bytes);
  const laidOut = work.put(Int32Array.from(words));
  const clean = work.room(bytes.length);
  const end = file + bytes.length;
  if (!work.run.decodeScan(file + scan, end, clean, laidOut, unitsAcross, unitsDown)) return undefined;

  const rowLength = 8 * Math.ceil(width / 8);
  const taps = work.room(tapsBytes * Math.max(width, height));
  const most = 8 * down * unitsDown;
  const narrow = work.room(2 * rowLength * most);
  const turned = work.room(2 * rowLength * most);
  const resized = components.map((component, i) => {
    const { plane, rows } = planes[i];
    // Planes lie column by column: the width is resized first, then the height, each as rows summed into rows.
    work.run.makeTaps(taps, header.width, across - component.across, width);
    work.run.resampleBytes(plane, rows, taps, width, rows, narrow);
    work.run.turn(narrow, rowLength, rows, turned);
    work.run.makeTaps(taps, header.height, down - component.down, height);
    const out = work.room(2 * rowLength * height);
    work.run.resample(turned, 2 * rowLength, taps, height, rowLength, out);
    return out;
  });
  const rgb = work.room(3 * width * height);
  work.run.toRgb(resized[0], resized[1], resized[2], height, width, rgb);
  return work.bytes(rgb, 3 * width * height).slice();
}

/** Its address; 0 where the codes make no sense. */
function putHuffmanTable(work: Workspace, { counts, symbols }: HuffmanCodes): number {
  const table = work.room(huffmanBytes);
  return work.run.makeHuffmanTable(table, work.put(counts), work.put(symbols)) && table;
}
