/** A known vulnerability of a package in one of the lock files. */
export interface Advisory {
  id: string;
  package: string;
  /** `unknown` if the database has no severity. */
  severity: "info" | "low" | "moderate" | "high" | "critical" | "unknown";
  title: string;
  /** Fixed versions, in the database's own words. */
  fixed?: string;
  /** Lock and requirements files with the package. */
  files: string[];
}

/** A database's advisories for the project's packages. */
export interface Report {
  database: string;
  /** Number of packages looked up. */
  packages: number;
  advisories: Advisory[];
  /** Why some packages were not looked up. */
  problem?: string;
}

export function unchecked(database: string, problem: string): Report {
  return { database, packages: 0, advisories: [], problem };
}

/** Whether an advisory fails the audit: its severity is moderate or higher, or unknown. */
function isSerious({ severity }: Advisory): boolean {
  return severity !== "info" && severity !== "low";
}

/** 1: serious advisories. 2: nothing could be checked, or with `strict` not everything. 0: neither. */
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

/** Formats a report as one line for the database and one per advisory. */
export function format({ database, packages, advisories, problem }: Report): string {
  if (packages === 0) return `${database}: NOT CHECKED, ${problem}`;
  const found = `${advisories.length === 0 ? "no" : advisories.length} ${advisories.length === 1 ? "advisory" : "advisories"}`;
  const rest = problem ? `; NOT ALL CHECKED, ${problem}` : "";
  return [`${database}: ${packages} packages, ${found}${rest}`, ...advisories.map(line)].join("\n");
}
