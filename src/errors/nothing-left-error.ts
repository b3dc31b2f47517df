/** With these options of the refinement nothing of a map is left. */
export class NothingLeftError extends Error {}
