/** The growth from the first value to the last in % of the mean, by a line that is fitted with least squares. */
export function growth(values: readonly number[]): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const middle = (values.length - 1) / 2;
  const average = mean(values);
  const slope =
    mean(values.map((value, index) => (index - middle) * (value - average))) /
    mean(values.map((_, index) => (index - middle) ** 2));
  return ((slope * (values.length - 1)) / average) * 100;
}
