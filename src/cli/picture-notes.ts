/** Prints a note about pictures only once: a folder often has thousands with the same problem. */

/**
 * @param tell called with a line about the first picture that has a note
 * @returns a function to call for each note
 */
export function firstNote(tell: (line: string) => void): (path: string, note: string) => void {
  let told = false;
  return (path, note) => {
    if (!told) tell(`${path}: ${note} (shown only for the first such picture)`);
    told = true;
  };
}
