// Owns: the lines in which two texts differ. Does not own: finding the shortest description of it.

/** One wide cell widens every row of a table: that alone is no difference worth showing. */
const narrow = (text: string): string[] =>
  text.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' ').replaceAll(/-{4,}/g, '---'));

/** The lines that only one of them has, in their order; undefined when both are the same text. */
export function differenceOf(present: string, wanted: string): string | undefined {
  if (present === wanted) return undefined;
  const [before, after] = [narrow(present), narrow(wanted)];
  const lines = [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
  return lines.length > 0 ? lines.join('\n') : '(the same lines in another order or width)';
}
