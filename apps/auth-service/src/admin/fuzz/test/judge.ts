/**
 * Owns whether an answer is one that the document names for its operation: status, media type, body, headers. Does not own
 * what the operation should have answered.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type FuzzedDocument, type FuzzedOperation, objectIn, textIn } from './read-document.js';
import type { RawAnswer } from './raw-request.js';

/** Answers of the router, before it is known which operation is meant. */
const SHARED: ReadonlyMap<number, string> = new Map([
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [406, 'NotAcceptable'],
  [413, 'PayloadTooLarge'],
  [415, 'UnsupportedMediaType'],
]);
const PROBLEM_TYPE = 'application/problem+json';

export class Judge {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });

  constructor(private readonly document: FuzzedDocument) {
    this.#ajv.addSchema(document.json, 'document');
  }

  /** What is wrong with it; nothing, if it is as the document says. */
  faultsOf(operation: FuzzedOperation, answer: RawAnswer): readonly string[] {
    const { status, headers } = answer;
    if (status >= 500) return [`${status}: ${answer.text}`];
    const shared = SHARED.get(status);
    const place =
      operation.answers.get(status) ?? (shared === undefined ? undefined : `/components/responses/${shared}`);
    if (place === undefined) return [`${status} is not in the document: ${answer.text}`];
    const { node, pointer } = this.document.at(place);
    return [
      ...this.#bodyFaults(answer, objectIn(node['content']), pointer),
      ...this.#headerFaults(answer, objectIn(node['headers']), pointer),
      ...(headers['cache-control'] === 'no-store' ? [] : ['it may be stored']),
    ];
  }

  #bodyFaults({ status, headers, text }: RawAnswer, content: object, pointer: string): readonly string[] {
    const types = Object.keys(content);
    if (types.length === 0) return text === '' ? [] : [`a body where none is due: ${text}`];
    const type = headers['content-type'] ?? '';
    if (!types.includes(type) || (status >= 400 && type !== PROBLEM_TYPE)) return [`${status} as ${type}`];
    const body = parsed(text);
    if (body === undefined) return [`no JSON: ${text}`];
    return this.#misfits(`${pointer}/content/${type.replaceAll('/', '~1')}/schema`, body);
  }

  #headerFaults({ headers }: RawAnswer, documented: object, pointer: string): readonly string[] {
    return Object.keys(documented).flatMap((name) => {
      const at = `${pointer}/headers/${name}`;
      const { required, schema } = this.document.at(at).node;
      const value = headers[name.toLowerCase()];
      if (value === undefined) return required === true ? [`no ${name}`] : [];
      const isInteger = textIn(objectIn(schema)['type']) === 'integer';
      return this.#misfits(`${at}/schema`, isInteger ? Number(value) : value).map((fault) => `${name}: ${fault}`);
    });
  }

  #misfits(pointer: string, value: unknown): readonly string[] {
    if (this.#ajv.validate({ $ref: `document#${encodeURI(pointer)}` }, value)) return [];
    return [`${this.#ajv.errorsText()} in ${JSON.stringify(value)}`];
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
