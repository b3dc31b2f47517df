/** The sample pictures of the page. */
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

/** A sample picture. */
export interface Sample {
  readonly name: string;
  /** Its path in the package, for the command line. */
  readonly path: string;
  readonly url: string;
  /** The name of the model that has its class. */
  readonly model: string;
}

function samplesOf(model: string, folder: string, urls: Readonly<Record<string, string>>): Sample[] {
  return Object.entries(urls).map(([name, url]) => ({ name, path: `${folder}/${name}.jpg`, url, model }));
}

export const samples: readonly Sample[] = [
  ...samplesOf('imagenet', 'samples/photos', { chelsea, coffee, astronaut, rocket }),
  ...samplesOf('scenes', 'samples', { star, ring, cross, disc, square, triangle }),
];

/** Addresses of photographs with which classifiers of other programs are imported. */
export const photos: readonly string[] = [chelsea, coffee, astronaut, rocket];
