/** A known vulnerability of a package in one of the lock files. */
export interface Advisory {
  id: string;
  package: string;
  /** `unknown` where the database does not say. */
  severity: "info" | "low" | "moderate" | "high" | "critical" | "unknown";
  title: string;
  /** Versions without it, as the database has them. */
  fixed?: string;
  /** Files that name the package. */
  files: string[];
}

/** What a database knows of the packages. */
export interface Report {
  database: string;
  /** How many packages it was asked about. */
  packages: number;
  advisories: Advisory[];
  /** Why it was not asked about all. */
  problem?: string;
}

export const unchecked = (database: string, problem: string): Report => ({
  database,
  packages: 0,
  advisories: [],
  problem,
});

/** Whether an advisory fails the audit: of at least moderate severity, as far as is known. */
export const isSerious = ({ severity }: Advisory) => severity !== "info" && severity !== "low";

/** 1: serious advisories. 2: nothing could be checked, or under `strict` not everything. 0: neither. */
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

/** The report for a person, a line for the database and one for each advisory. */
export function format({ database, packages, advisories, problem }: Report): string {
  if (packages === 0) return `${database}: NOT CHECKED, ${problem}`;
  const found = `${advisories.length === 0 ? "no" : advisories.length} ${advisories.length === 1 ? "advisory" : "advisories"}`;
  const rest = problem ? `; NOT ALL CHECKED, ${problem}` : "";
  return [`${database}: ${packages} packages, ${found}${rest}`, ...advisories.map(line)].join("\n");
}
