import { createTheme, type MantineColorsTuple } from "@mantine/core";

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

const dark: MantineColorsTuple = [
  "#d6d5da",
  "#b9b7be",
  "#8d8b93",
  "#6c6a72",
  "#46454c",
  "#3a393f",
  "#2a2a2f",
  "#1f1f23",
  "#17171a",
  "#101012",
];

const fontFamily =
  '"Figtree Variable", "Figtree Fallback", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export const theme = createTheme({
  black: "#1f1d1a",
  colors: { oak, dark },
  primaryColor: "oak",
  primaryShade: 7,
  defaultRadius: "md",
  respectReducedMotion: true,
  cursorType: "pointer",
  fontFamily,
  components: {
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    // A dialog's head is no banner of the page.
    ModalHeader: { defaultProps: { role: "presentation" } },
    Paper: { defaultProps: { bg: "var(--surface)" } },
  },
  headings: { fontFamily, fontWeight: "650" },
});
