/** Which pictures are refused as damaged: decoders fill up what is missing. */
import { jpegScanState, type ScanState } from './jpeg-scan.ts';
import type { PictureFormat } from './picture-header.ts';

/**
 * The least of sharp's complaints for which a picture is refused. A JPEG's and a GIF's decoder fill up what is missing, and only warn; but of
 * a JPEG whose data is known to be whole, warnings are about harmless oddities of cameras.
 */
export function failOn(bytes: Uint8Array, format: PictureFormat): 'warning' | 'error' {
  if (format === 'gif') return 'warning';
  return format === 'jpeg' && checkScan(bytes) !== 'whole' ? 'warning' : 'error';
}

/** @throws when the data of a JPEG file is not all there */
export function checkScan(bytes: Uint8Array): ScanState | undefined {
  const state = jpegScanState(bytes);
  if (state === 'cut short') throw new Error('cut short: its last pixels are missing');
  if (state === 'damaged') throw new Error('damaged: its pixels cannot be made out');
  return state;
}
