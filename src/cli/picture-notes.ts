/** What is unlikely about pictures, said once: a folder often has thousands of a kind. */

/**
 * @param tell of the first picture that there is a note about, a line
 * @returns to be told of each
 */
export function firstNote(tell: (line: string) => void): (path: string, note: string) => void {
  let told = false;
  return (path, note) => {
    if (!told) tell(`${path}: ${note} (said of the first such picture alone)`);
    told = true;
  };
}
