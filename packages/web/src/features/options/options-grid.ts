/** How the form is laid out, by the width it is given: on the page, in a dialog, on a phone. */
export const optionsGrid = {
  type: "container",
  cols: { base: 1, "400px": 2, "900px": 4 },
  spacing: "md",
  verticalSpacing: "sm",
} as const;
