// Owns: the titles of the tests as they stand in the source, without running any. Does not own: what they name.
import ts from 'typescript';

export interface Titled {
  /** Of this describe or it alone; what is put in at run time stands as … */
  readonly title: string;
  /** Inside it, itself included; a table of cases is one. */
  readonly tests: number;
}

const BLOCKS = ['describe', 'it', 'test'];

/** Every describe, it and test of one source file, from the first to the last. */
export function titlesIn(fileName: string, text: string): readonly Titled[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const found: Titled[] = [];
  /** Answers how many tests are inside. */
  const visit = (node: ts.Node): number => {
    const block = ts.isCallExpression(node) ? blockOf(node) : undefined;
    const place = found.length;
    let tests = block?.name === 'describe' || block === undefined ? 0 : 1;
    ts.forEachChild(node, (child) => {
      tests += visit(child);
    });
    if (block !== undefined) found.splice(place, 0, { title: block.title, tests });
    return tests;
  };
  visit(source);
  return found;
}

function blockOf(call: ts.CallExpression): { readonly name: string; readonly title: string } | undefined {
  const name = calledName(call.expression);
  const title = call.arguments[0] === undefined ? undefined : textOf(call.arguments[0]);
  return name === undefined || title === undefined ? undefined : { name, title };
}

/** `it`, `it.skip`, `it.each(table)`, and it.each with a template: what stands at the front. */
function calledName(callee: ts.Expression): string | undefined {
  if (ts.isIdentifier(callee)) return BLOCKS.includes(callee.text) ? callee.text : undefined;
  if (ts.isPropertyAccessExpression(callee)) return calledName(callee.expression);
  if (ts.isCallExpression(callee)) return calledName(callee.expression);
  return ts.isTaggedTemplateExpression(callee) ? calledName(callee.tag) : undefined;
}

function textOf(title: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(title)) return title.text;
  if (ts.isTemplateExpression(title)) {
    return [title.head.text, ...title.templateSpans.map((span) => `…${span.literal.text}`)].join('');
  }
  if (ts.isBinaryExpression(title)) return `${textOf(title.left) ?? '…'}${textOf(title.right) ?? '…'}`;
  return undefined;
}
