/** The command line for the result shown on the page. */
import { type Refiner, refineParameters, usesParameter } from '../../refine/parameters.ts';
import { kebabCase } from '../../text/case.ts';
import { changedOptions, type RefineSettings } from './settings.ts';

/** What the command needs besides the settings to give the page's result. */
export interface CommandContext {
  /** The size of the model's input, if it is not the default. */
  readonly size?: number;
  /** For a classifier imported on the page: the name of its preprocessing. */
  readonly preprocessing?: string;
  /** And the file with its class names. */
  readonly classes?: string;
}

export interface CommandOf {
  /** The picture's path, as far as it is known. */
  readonly image: string;
  /** The model's path, as far as it is known. */
  readonly model: string;
  /** The explained class, if it is not the predicted one. */
  readonly className?: string;
  /** The CAM method, if it is not the network's own map. */
  readonly method?: string;
  readonly refiner: Refiner;
  readonly context?: CommandContext;
}

/** `hrm explain ...` with all options that have an effect and are not defaults, for the page's files. */
export function explainCommand(
  { image, model, className, method, refiner, context: { size, preprocessing, classes } = {} }: CommandOf,
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
    if (value !== undefined && usesParameter(refiner, parameter)) {
      words.push(`--${kebabCase(parameter.name)}`, String(value));
    }
  }
  words.push('--write', 'overlay,mask,cutout,json,pipeline,npy', '--svg');
  return words.map(quoted).join(' ');
}

/** A word quoted for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
