/** Pixels: tables use a wide screen, lines of text stay readable. */
export const contentWidth = 1560;
