/** A known vulnerability of a locked package. */
export interface Advisory {
  id: string;
  package: string;
  /** `unknown` if the database has none. */
  severity: "info" | "low" | "moderate" | "high" | "critical" | "unknown";
  title: string;
  /** Versions that fix it, in the database's notation. */
  fixed?: string;
  /** Lock files that contain the package. */
  files: string[];
}

/** Result of checking packages against one database. */
export interface Report {
  database: string;
  /** Number of packages checked. */
  packages: number;
  advisories: Advisory[];
  /** Why some packages could not be checked. */
  problem?: string;
}

export const unchecked = (database: string, problem: string): Report => ({
  database,
  packages: 0,
  advisories: [],
  problem,
});

/** Whether an advisory fails the audit: moderate, higher or unknown severity. */
export const isSerious = ({ severity }: Advisory) => severity !== "info" && severity !== "low";

/** 1: serious advisories. 2: nothing (or with `strict`, not everything) could be checked. 0: otherwise. */
export function exitCode(reports: Report[], { strict }: { strict: boolean }): number {
  if (reports.some(({ advisories }) => advisories.some(isSerious))) return 1;
  if (strict && reports.some(({ problem }) => problem)) return 2;
  return reports.some(({ packages }) => packages > 0) ? 0 : 2;
}

function line(advisory: Advisory): string {
  const { id, title, severity, fixed, files } = advisory;
  const remedy = fixed ? `fixed in ${fixed}` : "no fixed version";
  return `  ${isSerious(advisory) ? "✗" : "!"} ${advisory.package}: ${title} (${severity}, ${id}; ${remedy}; ${files.join(", ")})`;
}

/** Formats a report: one line for the database and one for each advisory. */
export function format({ database, packages, advisories, problem }: Report): string {
  if (packages === 0) return `${database}: NOT CHECKED, ${problem}`;
  const found = `${advisories.length === 0 ? "no" : advisories.length} ${advisories.length === 1 ? "advisory" : "advisories"}`;
  const rest = problem ? `; NOT ALL CHECKED, ${problem}` : "";
  return [`${database}: ${packages} packages, ${found}${rest}`, ...advisories.map(line)].join("\n");
}
