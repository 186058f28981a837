/** Headers of a result that pages of other origins may read: with them the first rows are fetched by ranges. No imports. */
export const resultHeaders = [
  "Content-Disposition",
  "Content-Encoding",
  "Content-Length",
  "Content-Range",
  "ETag",
];
