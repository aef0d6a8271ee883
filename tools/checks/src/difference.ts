// Owns: the lines in which two texts differ. Does not own: finding the shortest description of it.

/** The lines that only one of them has, in their order; undefined when both are the same text. */
export function differenceOf(present: string, wanted: string): string | undefined {
  if (present === wanted) return undefined;
  const [before, after] = [present.split('\n'), wanted.split('\n')];
  const lines = [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
  return lines.length > 0 ? lines.join('\n') : '(the same lines in another order)';
}
