/** Height and width of the images that a model is trained on and sees, in pixels, unless told: as in ImageNet's networks. */
export const defaultImageSize = 224;

/** The largest height and width that a model's file may say that it looks at, in pixels. */
export const largestImageSize = 8192;
