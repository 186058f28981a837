/**
 * An in-memory DynamoDB with the operations that the product uses, in the JSON protocol:
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations.html
 */

export type Value =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { L: Value[] }
  | { M: Item }
  | { NULL: true };
export interface Item {
  [name: string]: Value;
}

interface Plan {
  key: string;
  before: Item | undefined;
  after: Item | undefined;
}

export class AwsError extends Error {
  readonly type: string;
  readonly status: number;
  readonly more: object;
  constructor(type: string, message: string, status = 400, more: object = {}) {
    super(message);
    this.type = type;
    this.status = status;
    this.more = more;
  }
}

interface Expressions {
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, Value>;
}
interface Write extends Expressions {
  TableName: string;
  Key?: Item;
  Item?: Item;
  ConditionExpression?: string;
  UpdateExpression?: string;
  ReturnValues?: string;
  ReturnValuesOnConditionCheckFailure?: string;
}
interface Query extends Expressions {
  IndexName?: string;
  KeyConditionExpression: string;
  FilterExpression?: string;
  ScanIndexForward?: boolean;
  Limit?: number;
  ExclusiveStartKey?: Item;
}

const text = (value: Value | undefined): string | undefined =>
  value && "S" in value ? value.S : value && "N" in value ? value.N : undefined;

function compare(a: Value | undefined, b: Value | undefined): number | undefined {
  if (!a || !b) return undefined;
  if ("N" in a && "N" in b) return Number(a.N) - Number(b.N);
  if ("S" in a && "S" in b) return a.S === b.S ? 0 : a.S < b.S ? -1 : 1;
  return undefined;
}

type Condition = (item: Item, given: Expressions) => boolean;
type Operand = (item: Item, given: Expressions) => Value | undefined;

/** Parses condition expressions: comparisons, functions, AND, OR, NOT and parentheses. */
class Parser {
  readonly #tokens: string[];
  #at = 0;
  constructor(source: string) {
    this.#tokens = source.match(/[#:][\w]+|[A-Za-z_]\w*|<>|<=|>=|[<>=(),.]/g) ?? [];
  }

  condition(): Condition {
    const parsed = this.#or();
    if (this.#at !== this.#tokens.length) throw new Error(`Not understood: ${this.#tokens.join(" ")}`);
    return parsed;
  }

  #is(word: string): boolean {
    return this.#tokens[this.#at]?.toUpperCase() === word;
  }

  #take(word: string): boolean {
    if (!this.#is(word)) return false;
    this.#at += 1;
    return true;
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#take("OR")) parts.push(this.#and());
    return (item, given) => parts.some((part) => part(item, given));
  }

  #and(): Condition {
    const parts = [this.#primary()];
    while (this.#take("AND")) parts.push(this.#primary());
    return (item, given) => parts.every((part) => part(item, given));
  }

  #primary(): Condition {
    if (this.#take("NOT")) {
      const negated = this.#primary();
      return (item, given) => !negated(item, given);
    }
    if (this.#take("(")) {
      const inner = this.#or();
      this.#take(")");
      return inner;
    }
    const name = this.#tokens[this.#at]?.toLowerCase() ?? "";
    if (/^(attribute_exists|attribute_not_exists|begins_with)$/.test(name)) {
      this.#at += 1;
      this.#take("(");
      const operand = this.#operand();
      const other = this.#take(",") ? this.#operand() : undefined;
      this.#take(")");
      if (name === "attribute_exists") return (item, given) => operand(item, given) !== undefined;
      if (name === "attribute_not_exists") return (item, given) => operand(item, given) === undefined;
      return (item, given) =>
        (text(operand(item, given)) ?? "\0").startsWith(text(other?.(item, given)) ?? "\0");
    }
    const left = this.#operand();
    const operator = this.#tokens[this.#at++] ?? "";
    const right = this.#operand();
    if (operator.toUpperCase() === "BETWEEN") {
      this.#take("AND");
      const upper = this.#operand();
      return (item, given) => {
        const value = left(item, given);
        return (
          (compare(value, right(item, given)) ?? -1) >= 0 && (compare(value, upper(item, given)) ?? 1) <= 0
        );
      };
    }
    const holds: Record<string, (order: number) => boolean> = {
      "=": (order) => order === 0,
      "<>": (order) => order !== 0,
      "<": (order) => order < 0,
      "<=": (order) => order <= 0,
      ">": (order) => order > 0,
      ">=": (order) => order >= 0,
    };
    const test = holds[operator];
    if (!test) throw new Error(`Not understood: ${operator} in ${this.#tokens.join(" ")}`);
    return (item, given) => {
      const order = compare(left(item, given), right(item, given));
      return order === undefined ? operator === "<>" : test(order);
    };
  }

  #operand(): Operand {
    const token = this.#tokens[this.#at++] ?? "";
    if (token.startsWith(":")) return (_, given) => given.ExpressionAttributeValues?.[token];
    return (item, given) => item[given.ExpressionAttributeNames?.[token] ?? token];
  }
}

const parsed = new Map<string, Condition>();
function holds(source: string | undefined, item: Item, given: Expressions): boolean {
  if (source === undefined) return true;
  let condition = parsed.get(source);
  if (!condition) {
    condition = new Parser(source).condition();
    parsed.set(source, condition);
  }
  return condition(item, given);
}

const sections = /\b(SET|REMOVE|ADD|DELETE)\b/i;
function updated(item: Item, { UpdateExpression = "", ...given }: Write): Item {
  const next = { ...item };
  const name = (token: string) => given.ExpressionAttributeNames?.[token] ?? token;
  const value = (token: string): Value => {
    const found = given.ExpressionAttributeValues?.[token];
    if (!found) throw new AwsError("ValidationException", `There is no value ${token}`);
    return found;
  };
  const parts = UpdateExpression.split(sections).map((part) => part.trim());
  for (let index = 1; index < parts.length; index += 2) {
    for (const clause of (parts[index + 1] ?? "").split(",").map((one) => one.trim())) {
      const [target = "", ...rest] = clause.split(/\s*=\s*|\s+/);
      const key = name(target);
      switch (parts[index]?.toUpperCase()) {
        case "SET":
          next[key] = value(rest.join(" "));
          break;
        case "REMOVE":
          delete next[key];
          break;
        case "ADD": {
          const added = Number(text(value(rest.join(" "))));
          next[key] = { N: String(Number(text(next[key]) ?? 0) + added) };
          break;
        }
        default:
          throw new Error(`Not understood: ${UpdateExpression}`);
      }
    }
  }
  return next;
}

export interface IndexKeys {
  hashKey: string;
  rangeKey: string;
}

export class DynamoDB {
  readonly #items = new Map<string, Item>();
  /** Items by index name. Updates arrive after `delay`. */
  readonly #indexed = new Map<string, Map<string, Item>>();
  readonly #tokens = new Map<string, object>();
  readonly #primary: IndexKeys;
  readonly #indexes: Record<string, IndexKeys>;
  readonly #delay: (update: () => void) => void;
  readonly #watch: (before: Item | undefined, after: Item | undefined) => void;

  /**
   * @param options.delay applies an index update later
   * @param options.watch is called after every change of an item
   */
  constructor(options: {
    primary: IndexKeys;
    indexes: Record<string, IndexKeys>;
    delay: (update: () => void) => void;
    watch: (before: Item | undefined, after: Item | undefined) => void;
  }) {
    this.#primary = options.primary;
    this.#indexes = options.indexes;
    this.#delay = options.delay;
    this.#watch = options.watch;
    for (const name of Object.keys(options.indexes)) this.#indexed.set(name, new Map());
  }

  items(): Item[] {
    return [...this.#items.values()];
  }

  /** Executes an operation. Throws `AwsError`. */
  handle(operation: string, input: never): object {
    switch (operation) {
      case "GetItem":
        return this.#get(input);
      case "PutItem":
      case "UpdateItem":
      case "DeleteItem":
        return this.#write(operation, input);
      case "Query":
        return this.#query(input);
      case "BatchGetItem":
        return this.#batchGet(input);
      case "TransactWriteItems":
        return this.#transact(input);
      default:
        throw new Error(`The simulated DynamoDB has no ${operation}`);
    }
  }

  #keyOf(key: Item): string {
    return `${text(key[this.#primary.hashKey])}\n${text(key[this.#primary.rangeKey])}`;
  }

  #get({ Key }: { Key: Item }): object {
    const Item = this.#items.get(this.#keyOf(Key));
    return Item ? { Item } : {};
  }

  #batchGet({ RequestItems }: { RequestItems: Record<string, { Keys: Item[] }> }): object {
    const Responses = Object.fromEntries(
      Object.entries(RequestItems).map(([table, { Keys }]) => [
        table,
        Keys.map((key) => this.#items.get(this.#keyOf(key))).filter((item) => item !== undefined),
      ]),
    );
    return { Responses, UnprocessedKeys: {} };
  }

  /** Returns the item after the write, or why the write fails. */
  #plan(operation: string, write: Write): Plan {
    const identity = write.Key ?? write.Item ?? {};
    const key = this.#keyOf(identity);
    const before = this.#items.get(key);
    if (!holds(write.ConditionExpression, before ?? {}, write)) {
      const more = write.ReturnValuesOnConditionCheckFailure === "ALL_OLD" && before ? { Item: before } : {};
      throw new AwsError("ConditionalCheckFailedException", "The conditional request failed", 400, more);
    }
    if (operation === "DeleteItem") return { key, before, after: undefined };
    if (operation === "PutItem") return { key, before, after: write.Item };
    const start: Item = before ?? { ...identity };
    return { key, before, after: updated(start, write) };
  }

  #store(key: string, before: Item | undefined, after: Item | undefined): void {
    if (after) this.#items.set(key, after);
    else this.#items.delete(key);
    this.#watch(before, after);
    for (const [name, { hashKey }] of Object.entries(this.#indexes)) {
      if (!before?.[hashKey] && !after?.[hashKey]) continue;
      this.#delay(() => {
        if (after?.[hashKey]) this.#indexed.get(name)?.set(key, after);
        else this.#indexed.get(name)?.delete(key);
      });
    }
  }

  #write(operation: string, write: Write): object {
    const { key, before, after } = this.#plan(operation, write);
    this.#store(key, before, after);
    return write.ReturnValues === "ALL_NEW" ? { Attributes: after } : {};
  }

  #transact(input: {
    TransactItems: { Put?: Write; Update?: Write; Delete?: Write }[];
    ClientRequestToken?: string;
  }): object {
    const { TransactItems, ClientRequestToken: token } = input;
    const known = token && this.#tokens.get(token);
    if (known) return known;
    const plans: Plan[] = [];
    const CancellationReasons = TransactItems.map(({ Put, Update, Delete }) => {
      const [operation, write] = Put
        ? (["PutItem", Put] as const)
        : Update
          ? (["UpdateItem", Update] as const)
          : (["DeleteItem", Delete ?? { TableName: "" }] as const);
      try {
        plans.push(this.#plan(operation, write));
        return { Code: "None" };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return { Code: error.type.replace(/Exception$/, ""), Message: error.message, ...error.more };
      }
    });
    if (plans.length < TransactItems.length) {
      const message = "Transaction cancelled, please refer cancellation reasons for specific reasons";
      throw new AwsError("TransactionCanceledException", message, 400, { CancellationReasons });
    }
    for (const { key, before, after } of plans) this.#store(key, before, after);
    if (token) this.#tokens.set(token, {});
    return {};
  }

  #query(query: Query): object {
    const keys = query.IndexName ? this.#indexes[query.IndexName] : this.#primary;
    const source = query.IndexName ? this.#indexed.get(query.IndexName) : this.#items;
    if (!keys || !source) throw new Error(`There is no index ${query.IndexName}`);
    const position = (item: Item) => `${text(item[keys.rangeKey])}\n${this.#keyOf(item)}`;
    const forward = query.ScanIndexForward !== false;
    const start = query.ExclusiveStartKey && position(query.ExclusiveStartKey);
    const found = [...source.values()]
      .filter((item) => holds(query.KeyConditionExpression, item, query))
      .map((item) => ({ item, at: position(item) }))
      .sort((a, b) => (a.at === b.at ? 0 : a.at < b.at === forward ? -1 : 1))
      .filter(({ at }) => start === undefined || (forward ? at > start : at < start));
    const page = found.slice(0, query.Limit ?? found.length).map(({ item }) => item);
    const last = page.at(-1);
    const names = new Set([this.#primary.hashKey, this.#primary.rangeKey, keys.hashKey, keys.rangeKey]);
    const Items = page.filter((item) => holds(query.FilterExpression, item, query));
    return {
      Items,
      Count: Items.length,
      ...(found.length > page.length &&
        last && {
          LastEvaluatedKey: Object.fromEntries(Object.entries(last).filter(([name]) => names.has(name))),
        }),
    };
  }
}
