/**
 * As much of CloudWatch as our alarms use, for their test: what is measured, and whether an alarm goes off. The embedded AWS
 * has metrics and alarms, but neither reads the embedded metric format, nor evaluates metric filters or expressions.
 */

interface Metric {
  namespace: string;
  metricName: string;
  dimensions?: Record<string, string>;
}

const keyOf = ({ namespace, metricName, dimensions = {} }: Metric): string =>
  JSON.stringify([namespace, metricName, Object.entries(dimensions).toSorted()]);

/** What was measured, by metric: namespace, name and dimensions have to match, as in CloudWatch. */
export class Datapoints {
  readonly #values = new Map<string, number[]>();

  add(metric: Metric, ...values: number[]): void {
    this.#values.set(keyOf(metric), [...this.of(metric), ...values]);
  }

  of(metric: Metric): number[] {
    return this.#values.get(keyOf(metric)) ?? [];
  }

  /**
   * Takes a log line that may be in the embedded metric format:
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
   */
  addLogLine(line: string): void {
    if (!line.startsWith('{"_aws"')) return;
    const document = JSON.parse(line);
    for (const { Namespace, Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
      for (const names of Dimensions as string[][]) {
        const dimensions = Object.fromEntries(names.map((name) => [name, document[name]]));
        for (const { Name } of Metrics) {
          this.add({ namespace: Namespace, metricName: Name, dimensions }, ...[document[Name]].flat());
        }
      }
    }
  }

  /** Takes a log line that a metric filter of the form `{ $.field OPERATOR number }` may match. */
  addFiltered(line: string, filter: MetricFilter): void {
    const { namespace, name, value } = filter.metricTransformation;
    const [, field = "", operator = "", number] = /^\{ \$\.(\w+) (=|>=) (\d+) \}$/.exec(filter.pattern) ?? [];
    if (!field) throw new Error(`No pattern this can read: ${filter.pattern}`);
    const given = Number(JSON.parse(line)[field]);
    const matches = operator === "=" ? given === Number(number) : given >= Number(number);
    if (matches) this.add({ namespace, metricName: name }, Number(value));
  }
}

export interface MetricFilter {
  pattern: string;
  metricTransformation: { namespace: string; name: string; value: string };
}

export interface Alarm extends Partial<Metric> {
  name: string;
  statistic?: "Sum" | "Maximum";
  threshold: number;
  comparisonOperator: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  treatMissingData: "breaching" | "notBreaching";
  metricQueries?: { id: string; expression?: string; metric?: Metric & { stat: string } }[];
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** The metrics an alarm looks at. */
export const metricsOf = ({ namespace, metricName, dimensions, metricQueries = [] }: Alarm): Metric[] => {
  if (namespace !== undefined && metricName !== undefined) {
    return [{ namespace, metricName, ...(dimensions && { dimensions }) }];
  }
  return metricQueries.flatMap(({ metric }) => metric ?? []);
};

/**
 * The value an alarm compares within the period that starts at `time`, undefined without data: CloudWatch would call it missing.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
function comparedValue(alarm: Alarm, measured: Datapoints, time: Date): number | undefined {
  const values = metricsOf(alarm).flatMap((metric) => measured.of(metric));
  const expression = alarm.metricQueries?.find((query) => query.expression)?.expression;
  if (expression === undefined) {
    if (values.length === 0) return undefined;
    return alarm.statistic === "Sum" ? sum(values) : Math.max(...values);
  }
  const byId = Object.fromEntries(
    (alarm.metricQueries ?? []).flatMap(({ id, metric }) => {
      if (!metric) return [];
      // Arithmetic takes a metric without data for 0 where another has some.
      return [[id, values.length === 0 ? undefined : sum(measured.of(metric))]];
    }),
  );
  // Arithmetic, IF and EPOCH read the same in JavaScript, with the metrics' ids as arguments.
  const functions = {
    IF: (condition: boolean, yes?: number, no?: number) => (condition ? yes : no),
    EPOCH: () => time.getTime() / 1000,
  };
  const names = { ...functions, ...byId };
  return new Function(...Object.keys(names), `return ${expression}`)(...Object.values(names));
}

/** Whether the alarm would go off, were every period like this one, which starts at `time`. */
export const goesOff = (alarm: Alarm, measured: Datapoints, time = new Date()): boolean => {
  const value = comparedValue(alarm, measured, time);
  if (value === undefined) return alarm.treatMissingData === "breaching";
  return alarm.comparisonOperator === "LessThanThreshold"
    ? value < alarm.threshold
    : value >= alarm.threshold;
};
