import { Options } from "./options.ts";

const lastKey = "unparquet.options.last";
const presetsKey = "unparquet.options.presets";
const hashPrefix = "#options=";

function parseOptions(value: unknown): Partial<Options> | undefined {
  const parsed = Options.partial().safeParse(value);
  if (!parsed.success) return undefined;
  // Parsing adds the defaults, which may change in a later version.
  const given = value as Partial<Options>;
  return Object.fromEntries(Object.entries(parsed.data).filter(([name]) => name in given));
}

/** Undefined for what is not there or not of this version, and where the browser forbids storage. */
function read(key: string): unknown {
  try {
    return JSON.parse(window.localStorage.getItem(key) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, value: unknown): void {
  try {
    window.localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Then the options last as long as the tab.
  }
}

/** Remembers how files were last converted, except for columns and the row limit, which are about one file. */
export function rememberOptions({ columns: _columns, limit: _limit, ...options }: Partial<Options>): void {
  write(lastKey, options);
}

/** Options of the page's address, as `linkToOptions` writes it. */
export function linkedOptions(): Partial<Options> | undefined {
  const { hash } = window.location;
  if (!hash.startsWith(hashPrefix)) return undefined;
  try {
    return parseOptions(JSON.parse(decodeURIComponent(hash.slice(hashPrefix.length))));
  } catch {
    return undefined;
  }
}

/** Options of the page's address, or of the last conversion. */
export function initialOptions(): Partial<Options> {
  return linkedOptions() ?? parseOptions(read(lastKey)) ?? {};
}

/** An address of the dashboard that begins with these options. */
export function linkToOptions(options: Partial<Options>): string {
  return new URL(`/${hashPrefix}${encodeURIComponent(JSON.stringify(options))}`, window.location.href).href;
}

export type Presets = Readonly<Record<string, Partial<Options>>>;

export function readPresets(): Presets {
  const stored = read(presetsKey);
  if (typeof stored !== "object" || stored === null) return {};
  const presets = Object.entries(stored).flatMap(([name, value]) => {
    const options = parseOptions(value);
    return options ? [[name, options]] : [];
  });
  return Object.fromEntries(presets);
}

export function writePresets(presets: Presets): void {
  write(presetsKey, presets);
}
