/** Result of a check, in one sentence. An error prevents deploying, a warning does not; both name the remedy. */
export interface Finding {
  level: "ok" | "warning" | "error";
  text: string;
}

export function ok(text: string): Finding {
  return { level: "ok", text };
}

export function warning(text: string): Finding {
  return { level: "warning", text };
}

export function error(text: string): Finding {
  return { level: "error", text };
}
