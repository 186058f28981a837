/** Result of a check. An error prevents the deployment, a warning does not. The text is one sentence with the remedy. */
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
