/** Matches the folders of a data set with the model's classes, by the command's options. */
import { Option } from 'commander';
import { synsetsOf } from '../classifier/imagenet-classes.ts';
import { type LabelledSplit, labelSplit, linkClasses } from '../data/dataset/class-links.ts';
import type { ImageFolder } from '../data/dataset/image-folder.ts';
import { parseLabelMap } from '../data/dataset/label-map.ts';
import { readBytes } from '../data/files/read-file.ts';
import { printable } from '../text/printable.ts';

export function labelMapOption(): Option {
  return new Option(
    '--label-map <file>',
    "which of the model's classes each folder stands for: lines 'FOLDER: class, class', or JSON; default: the class with the folder's name",
  );
}

/**
 * Labels the images of a split. Prints on the error stream where a folder's name was not matched exactly.
 * @param classes names of the model's classes, by index
 * @param remedy a further remedy that errors mention
 */
export async function labelledSplit(
  split: ImageFolder,
  classes: readonly string[],
  mapFile: string | undefined,
  remedy = '',
): Promise<LabelledSplit> {
  const map =
    mapFile === undefined
      ? undefined
      : parseLabelMap(new TextDecoder().decode(await readBytes(mapFile)), mapFile);
  const model = { names: classes, synsets: synsetsOf(classes) };
  const links = linkClasses(split.classes, model, {
    dir: split.dir,
    map,
    mapFile,
    remedy: `give their classes with --label-map FILE${remedy}`,
  });
  if (links.tolerated.length > 0)
    console.error(printable(`folders matched with classes: ${links.tolerated.join(', ')}`));
  return labelSplit(split, links, classes);
}
