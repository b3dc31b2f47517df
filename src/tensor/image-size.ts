/**
 * Default height and width of a model's input, in training and inference, in pixels: as in ImageNet's
 * networks.
 */
export const defaultImageSize = 224;

/** The largest input height and width that a model's file may declare, in pixels. */
export const largestImageSize = 8192;
