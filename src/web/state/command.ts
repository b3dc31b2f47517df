/** The command that gives the same on the command line. */
import { countsFor, type Refiner, refineParameters } from '../../refine/parameters.ts';
import { kebabCase } from '../../text/case.ts';
import { changedOptions, type RefineSettings } from './settings.ts';

/** What the command line is to be told so that it looks as the page does. */
export interface CommandTold {
  /** The size at which the model looked, where it is not its own. */
  readonly size?: number;
  /** Of a classifier that was imported on the page: the name of its preprocessing. */
  readonly preprocessing?: string;
  /** And the file with the names of its classes. */
  readonly classes?: string;
}

export interface CommandOf {
  /** The picture's path, as far as it is known. */
  readonly image: string;
  /** The model's path, as far as it is known. */
  readonly model: string;
  /** Set where another class than the predicted one is explained. */
  readonly className?: string;
  /** The CAM method, where it is not the network's own. */
  readonly method?: string;
  readonly refiner: Refiner;
  readonly told?: CommandTold;
}

/** `hrm explain ...` with what counts and is not as by default, for the files that the page has. */
export function explainCommand(
  { image, model, className, method, refiner, told: { size, preprocessing, classes } = {} }: CommandOf,
  refine: RefineSettings,
): string {
  const words = ['hrm', 'explain', image, '--weight-dir', model, '--out', 'explained'];
  if (preprocessing !== undefined) words.push('--preprocess', preprocessing);
  if (classes !== undefined) words.push('--classes', classes);
  if (className !== undefined) words.push('--class', className);
  if (method !== undefined) words.push('--method', method);
  if (size !== undefined) words.push('--im-size', String(size));
  const changed = changedOptions(refine);
  for (const parameter of refineParameters) {
    const value = changed[parameter.name];
    if (value !== undefined && countsFor(refiner, parameter)) {
      words.push(`--${kebabCase(parameter.name)}`, String(value));
    }
  }
  words.push('--write', 'overlay,mask,cutout,json,pipeline,npy', '--svg');
  return words.map(quoted).join(' ');
}

/** A word as a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
