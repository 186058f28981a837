import type { HtmlTagDescriptor, Plugin } from "vite";

/** Has the page ask for its fonts at once, not when its styles and its first text are there: no text shows in another font. */
export const preloadedFonts = (): Plugin => ({
  name: "preloaded-fonts",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle = {} }) =>
      Object.keys(bundle)
        .filter((file) => file.endsWith(".woff2"))
        .map((file): HtmlTagDescriptor => {
          const attrs = {
            rel: "preload",
            as: "font",
            type: "font/woff2",
            crossorigin: true,
            href: `/${file}`,
          };
          return { tag: "link", attrs, injectTo: "head" };
        }),
  },
});
