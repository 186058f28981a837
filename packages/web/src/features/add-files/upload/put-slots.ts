import PQueue from "p-queue";

/**
 * The requests that carry bytes, of all files together: as many as browsers open to one host over HTTP/1.1. More would
 * only wait there, where nobody sees it.
 */
export const putSlots = new PQueue({ concurrency: 6 });
