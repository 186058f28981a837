import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompressed } from "./precompress.ts";
import { preloadedFonts } from "./preload-fonts.ts";

export default defineConfig({
  plugins: [
    tanstackRouter({
      quoteStyle: "double",
      semicolons: true,
      disableLogging: true,
    }),
    react(),
    preloadedFonts(),
    precompressed(),
  ],
  build: {
    // One file of what the first page needs compresses better than the ten that pages share parts of.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } } },
  },
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
});
