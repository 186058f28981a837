/** One word for a POSIX shell: nothing is special in single quotes but their end. */
export const quoteShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A string constant of SQL. */
export const quoteSql = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A string of JavaScript, and, as the escapes of JSON are also its own, of Python. */
export const quoteScript = (text: string): string => JSON.stringify(text);

/** The same address with what `encodeURIComponent` leaves: curl and DuckDB would take some of it for patterns. */
export const plainUrl = (url: string): string =>
  url.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
