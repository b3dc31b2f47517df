/** The options about masks. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type LabelSet, labelText, parseLabels } from '../data/ground-truth/label-set.ts';
import type { MaskOptions } from '../data/ground-truth/mask-rule.ts';
import { sentence } from '../text/sentence.ts';

export interface MaskCommandOptions {
  maskObject?: LabelSet;
  maskIgnore?: LabelSet;
}

/** The options of commands that read masks. */
export function maskOptions(): Option[] {
  return [
    new Option(
      '--mask-object <labels>',
      'of masks: labels that are the object, as 1, 1-20, 3,7 or #ff0000; default: all but 0 and those ignored, of greys 128-255',
    ).argParser(labels),
    new Option(
      '--mask-ignore <labels>',
      'of masks: labels that take no part in any measure, or none; default: where masks are labels 255 (65535 of 16 bits), in colour #e0e0c0',
    ).argParser(labels),
  ];
}

function labels(text: string): LabelSet {
  try {
    return parseLabels(text);
  } catch (error) {
    throw new InvalidArgumentError(sentence((error as Error).message));
  }
}

/** The options for reading masks. A label that is listed both as object and as no object is wrong usage. */
export function pickMaskOptions(
  command: Command,
  { maskObject, maskIgnore }: MaskCommandOptions,
): MaskOptions {
  if (maskObject?.length === 0) command.error('error: --mask-object names at least one label');
  const both = maskObject?.filter(([low, high]) =>
    maskIgnore?.some(([from, to]) => from <= high && low <= to),
  );
  if (both && both.length > 0) {
    command.error(`error: --mask-object ${labelText(both)} is in --mask-ignore, too`);
  }
  return { object: maskObject, ignore: maskIgnore };
}
