/** Rounds to the nearest float of a width; the value is finite and in its range, or what it rounds to is not. */
type Round = (value: number) => number;

const halfDigits = 5;
const singleDigits = 9;

/** The nearest FLOAT16 of 11 significant bits, ties to even; subnormals are multiples of 2^-24. */
export function roundToHalf(value: number): number {
  const magnitude = Math.abs(value);
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 1)));
  const unit = 2 ** (exponent - 10);
  const scaled = magnitude / unit;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  return Math.sign(value) * (below + (up ? 1 : 0)) * unit;
}

/** Exponents of the first digit, from the lowest to the highest, that are written without an exponent. */
type Plain = readonly [lowest: number, highest: number];
const plainDouble: Plain = [-5, 15];
const plainSingle: Plain = [-6, 12];

export const float64Text = (value: number) => written(value, plainDouble, String);
export const float32Text = (value: number) =>
  written(value, plainSingle, (magnitude) => shortest(magnitude, Math.fround, singleDigits));
export const float16Text = (value: number) =>
  written(value, plainDouble, (magnitude) => shortest(magnitude, roundToHalf, halfDigits));

/**
 * The fewest digits that round to `value`, and of these the nearest. The decimal nearest to it is not the only candidate:
 * next to a power of two, whose lower neighbour is nearer, the one on its other side may be the one that reads back.
 */
function shortest(value: number, round: Round, most: number): string {
  for (let digits = 1; digits <= most; digits += 1) {
    const [mantissa = "", exponent = ""] = value.toExponential(digits - 1).split("e");
    const nearest = Number(mantissa.replace(".", ""));
    const power = Number(exponent) - digits + 1;
    const candidates = [nearest, nearest + 1, nearest - 1];
    // Half-way between two the even one counts, of which toExponential() knows nothing: it gives the greater.
    if (nearest % 2 === 1 && isTie(value, digits)) candidates.reverse();
    for (const candidate of candidates) {
      const text = `${candidate}e${power}`;
      if (round(Number(text)) === value) return String(Number(text));
    }
  }
  return String(value);
}

/** Whether all there is behind so many digits is a 5. No float of these widths has a longer row of zeros inside. */
function isTie(value: number, digits: number): boolean {
  const all = value.toExponential(60).replace(/e.*|\./g, "");
  return /^50*$/.test(all.slice(digits));
}

/**
 * Digits as the converter sets them: with a point or an exponent always, so that a reader sees a float. `text` gives a positive number's shortest digits in any notation.
 */
function written(value: number, [lowest, highest]: Plain, text: (magnitude: number) => string): string {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const magnitude = Math.abs(value);
  if (magnitude === 0) return `${sign}0.0`;
  const { digits, exponent } = parts(text(magnitude));
  if (exponent < lowest || exponent > highest) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "" : "+"}${exponent}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

/** "0.00123" as the digits 123 and the exponent -3 of the first. */
function parts(text: string): { digits: string; exponent: number } {
  const [plain = "", power = "0"] = text.split("e");
  const [whole = "", fraction = ""] = plain.split(".");
  const all = whole + fraction;
  const leading = all.length - all.replace(/^0+/, "").length;
  return {
    digits: all.slice(leading).replace(/0+$/, ""),
    exponent: Number(power) + whole.length - 1 - leading,
  };
}
