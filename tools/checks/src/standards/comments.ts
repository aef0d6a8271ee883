// Owns: the comments of a source file, by the scanner of TypeScript. Does not own: what they name.
import ts from 'typescript';

/** Each as one line of text, and lines of // that stand together as one comment, since a sentence goes on in the next. */
export function commentsIn(fileName: string, text: string): readonly string[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const ranges = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []) ranges.set(range.pos, range);
    for (const range of ts.getTrailingCommentRanges(text, node.getEnd()) ?? []) ranges.set(range.pos, range);
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  const comments: string[] = [];
  let before: ts.CommentRange | undefined;
  for (const range of [...ranges.values()].sort((one, other) => one.pos - other.pos)) {
    const words = wordsOf(text.slice(range.pos, range.end));
    if (before !== undefined && goesOn(text, before, range)) comments.push(`${comments.pop() ?? ''} ${words}`);
    else comments.push(words);
    before = range;
  }
  return comments;
}

const wordsOf = (comment: string): string =>
  comment
    .replace(/^\/\*+|^\/\//, '')
    .replace(/\*\/$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** Two lines of //, each alone on its line. */
const goesOn = (text: string, before: ts.CommentRange, range: ts.CommentRange): boolean =>
  before.kind === ts.SyntaxKind.SingleLineCommentTrivia &&
  range.kind === before.kind &&
  /^\s*$/.test(text.slice(before.end, range.pos)) &&
  /(?:^|\n)\s*$/.test(text.slice(0, before.pos));
