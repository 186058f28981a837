import { createTheme, type MantineColorsTuple, Paper } from "@mantine/core";

const oak: MantineColorsTuple = [
  "#fbf5ec",
  "#f3e7d4",
  "#e9cfa8",
  "#deb678",
  "#d4a052",
  "#c68a37",
  "#b27226",
  "#98591a",
  "#7a4615",
  "#5b3410",
];

const fontFamily =
  '"Figtree Variable", "Figtree Fallback", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export const theme = createTheme({
  black: "#1f1d1a",
  colors: { oak },
  primaryColor: "oak",
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  defaultRadius: "md",
  respectReducedMotion: true,
  cursorType: "pointer",
  fontFamily,
  components: {
    Paper: Paper.extend({ defaultProps: { bg: "var(--surface)" } }),
  },
  headings: { fontFamily, fontWeight: "650" },
});
