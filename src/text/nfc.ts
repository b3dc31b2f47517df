/**
 * A name with composed characters (Unicode Normalization Form C), in which names are compared: one letter may be one character or
 * several, as an archive made by macOS has it.
 */
export function nfc(name: string): string {
  return name.normalize('NFC');
}
