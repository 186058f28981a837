import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompressed } from "./precompress.ts";
import { preloadedFonts } from "./preload-fonts.ts";

export default defineConfig({
  plugins: [
    // Before React's plugin: it splits each route's component into a chunk of its own.
    tanstackRouter({
      autoCodeSplitting: true,
      // But for the list's, where most visits begin: it comes at once, not after a second round trip.
      codeSplittingOptions: { splitBehavior: ({ routeId }) => (routeId === "/" ? [] : undefined) },
      quoteStyle: "double",
      semicolons: true,
      disableLogging: true,
    }),
    react(),
    preloadedFonts(),
    precompressed(),
  ],
  // A worker's dependencies are found only when it starts, and the page would be loaded anew for them.
  optimizeDeps: { entries: ["index.html", "src/features/inspect/worker.ts"] },
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
});
