/**
 * Checks option names, since a misspelt option would be ignored.
 * @throws with all names when one is unknown
 */
export function checkOptionNames(who: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`${who}: options are ${names.join(', ')}, got ${unknown}`);
}
