/** Options of the refinement leave nothing of a map. */
export class NothingLeftError extends Error {}
