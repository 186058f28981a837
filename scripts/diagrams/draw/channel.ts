/** A set of lines between two columns that share one vertical stroke: where they come in and go out, by their heights. */
export interface Bus {
  left: number[];
  right: number[];
}

const apart = 5;

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]),
  );
}

/** How often the lines of two buses cross when `first` is left of `second`; lying on one another is far worse. */
function crossings(first: Bus, second: Bus): number {
  const within = ({ left, right }: Bus, y: number) => {
    const ys = [...left, ...right];
    return Math.min(...ys) < y && y < Math.max(...ys);
  };
  const crossed =
    second.left.filter((y) => within(first, y)).length + first.right.filter((y) => within(second, y)).length;
  const overlaps = second.left.filter((y) => first.right.some((other) => Math.abs(y - other) < apart));
  return crossed + 1000 * overlaps.length;
}

/** Which track, from the left, each bus takes so that the fewest lines cross. Tries every order: for up to eight. */
export function tracks(buses: Bus[]): number[] {
  const cost = buses.map((first) => buses.map((second) => crossings(first, second)));
  let best: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const order of permutations(buses.map((_, index) => index))) {
    let sum = 0;
    order.forEach((a, place) => {
      for (const b of order.slice(place + 1)) sum += cost[a]?.[b] ?? 0;
    });
    if (sum < least) [best, least] = [order, sum];
  }
  return buses.map((_, index) => best.indexOf(index));
}
