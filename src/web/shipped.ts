/** What comes along with the page: a model, and pictures that it knows something about. */
import cross from '../../samples/cross.jpg?url';
import disc from '../../samples/disc.jpg?url';
import ring from '../../samples/ring.jpg?url';
import square from '../../samples/square.jpg?url';
import star from '../../samples/star.jpg?url';
import triangle from '../../samples/triangle.jpg?url';

/** A picture that comes along. */
export interface Sample {
  readonly name: string;
  /** Its path in the package, for the command that gives the same. */
  readonly path: string;
  readonly url: string;
}

export const samples: readonly Sample[] = Object.entries({ star, ring, cross, disc, square, triangle }).map(
  ([name, url]) => ({ name, path: `samples/${name}.jpg`, url }),
);

/**
 * Where the model is asked for: a server that has one of its own answers in its place; among static files, it is the one that comes
 * along (`vite.config.ts` puts it there).
 */
export const modelUrl = 'v1/model/file';
/** The path, in the package, of the model that comes along. */
export const shippedModel = 'models/scenes.onnx';
