/**
 * A name in Unicode Normalization Form C, for comparing names: a letter may be one character or several, as
 * in an archive made by macOS.
 */
export function nfc(name: string): string {
  return name.normalize('NFC');
}
