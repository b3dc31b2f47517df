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
      'labels of the object in masks, such as 1, 1-20, 3,7 or #ff0000; default: all except 0 and ignored ones; in grey masks 128-255',
    ).argParser(labels),
    new Option(
      '--mask-ignore <labels>',
      'labels in masks that all measures ignore, or none; default: 255 in label masks (65535 in 16-bit ones), #e0e0c0 in colour masks',
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
  if (maskObject?.length === 0) command.error('error: --mask-object must name at least one label');
  const both = maskObject?.filter(([low, high]) =>
    maskIgnore?.some(([from, to]) => from <= high && low <= to),
  );
  if (both && both.length > 0) {
    command.error(`error: --mask-object ${labelText(both)} is also in --mask-ignore`);
  }
  return { object: maskObject, ignore: maskIgnore };
}
