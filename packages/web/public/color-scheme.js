// Runs before the first paint, so that a dark page never flashes white. A file of its own, because an inline
// script would need an exception in a content security policy. Mantine keeps the choice under this key.
const chosen = localStorage.getItem("mantine-color-scheme-value");
const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.dataset.mantineColorScheme = dark ? "dark" : "light";
