/** How answers about a chosen file are kept: it does not change, and what fails would fail again. */
export const unchanging = { staleTime: Number.POSITIVE_INFINITY, retry: false } as const;
