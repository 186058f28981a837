/** What a check found, in one sentence. An error is what cannot work, a warning what limits. Both name the remedy. */
export interface Finding {
  level: "ok" | "warning" | "error";
  text: string;
}

export const ok = (text: string): Finding => ({ level: "ok", text });
export const warning = (text: string): Finding => ({ level: "warning", text });
export const error = (text: string): Finding => ({ level: "error", text });
