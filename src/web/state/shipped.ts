/** The pictures that come along with the page. */
import cross from '../../../samples/cross.jpg?url';
import disc from '../../../samples/disc.jpg?url';
import astronaut from '../../../samples/photos/astronaut.jpg?url';
import chelsea from '../../../samples/photos/chelsea.jpg?url';
import coffee from '../../../samples/photos/coffee.jpg?url';
import rocket from '../../../samples/photos/rocket.jpg?url';
import ring from '../../../samples/ring.jpg?url';
import square from '../../../samples/square.jpg?url';
import star from '../../../samples/star.jpg?url';
import triangle from '../../../samples/triangle.jpg?url';

/** A picture that comes along. */
export interface Sample {
  readonly name: string;
  /** Its path in the package, for the command that gives the same. */
  readonly path: string;
  readonly url: string;
  /** The name of the model that knows what it shows. */
  readonly model: string;
}

function samplesOf(model: string, folder: string, urls: Readonly<Record<string, string>>): Sample[] {
  return Object.entries(urls).map(([name, url]) => ({ name, path: `${folder}/${name}.jpg`, url, model }));
}

export const samples: readonly Sample[] = [
  ...samplesOf('imagenet', 'samples/photos', { chelsea, coffee, astronaut, rocket }),
  ...samplesOf('scenes', 'samples', { star, ring, cross, disc, square, triangle }),
];

/** Photographs that classifiers of other programs are imported with: their addresses. */
export const photos: readonly string[] = [chelsea, coffee, astronaut, rocket];
