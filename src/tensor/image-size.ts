/** Height and width of the images that a model is trained on and sees, in pixels, unless told: as in ImageNet's networks. */
export const defaultImageSize = 224;
