import type { Kind } from '../kind.ts';
import { commandLines } from './commands.ts';
import { models } from './models.ts';
import { pictures } from './pictures.ts';
import { refinements } from './refinements.ts';
import { texts } from './texts.ts';

/** Every kind of file that is read. For requests see `requests.ts`. */
export const kinds: readonly Kind[] = [...pictures, ...models, ...texts, ...refinements, ...commandLines];
