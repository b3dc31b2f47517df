/** Decides which pictures are rejected as damaged: decoders fill in missing data. */
import { jpegScanState, type ScanState } from './jpeg-scan.ts';
import type { PictureFormat } from './picture-header.ts';

/**
 * The lowest of sharp's error levels at which a picture is rejected. JPEG and GIF decoders fill in missing
 * data and only warn. If a JPEG's data is known to be complete, its warnings concern harmless deviations of
 * cameras.
 */
export function failOn(bytes: Uint8Array, format: PictureFormat): 'warning' | 'error' {
  if (format === 'gif') return 'warning';
  return format === 'jpeg' && checkScan(bytes) !== 'whole' ? 'warning' : 'error';
}

/** @throws when the data of a JPEG file is incomplete or damaged */
export function checkScan(bytes: Uint8Array): ScanState | undefined {
  const state = jpegScanState(bytes);
  if (state === 'cut short') throw new Error('cut short: its last pixels are missing');
  if (state === 'damaged') throw new Error('damaged: its pixels cannot be decoded');
  return state;
}
