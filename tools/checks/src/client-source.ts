// Owns: the generated half of @latchkey/admin-client, made from the OpenAPI document: a type for each named schema, and a
// method for each operation. Does not own: how a request is sent (the other half).
import { type JsonObject, listIn, objectIn, textIn } from './openapi-reader.js';
import { docOf, memberOf, typeOf } from './typescript-of-schema.js';

const HEAD = `/**
 * Owns the operations of the admin API and the forms of what they take and answer. Made from its OpenAPI document by
 * \`npm run docs\`; not written by hand.
 */
import { type AdminClientOptions, type Answered, type RequestOptions, type Route, Sender } from './sender.js';
`;

/** What the other half calls the headers that a request may have; where one is absent, it is no option of the operation. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  [
    'Prefer',
    '/** In seconds: to be answered when every guard has applied it, or after so long. */\nreadonly waitSeconds?: number;',
  ],
  [
    'Idempotency-Key',
    '/** One effect, however often it is sent: the same key and body give the same answer. */\nreadonly idempotencyKey?: string;',
  ],
  [
    'If-Match',
    '/** The ETag that was read: nothing is changed if it is another by now. */\nreadonly ifMatch?: string;',
  ],
]);

export function clientSource(document: JsonObject): string {
  const schemas = Object.entries(objectIn(objectIn(document['components'])['schemas']));
  const operations = Object.entries(objectIn(document['paths'])).flatMap(([path, item]) =>
    Object.entries(objectIn(item)).map(([method, operation]) => new OperationSource(path, method, objectIn(operation))),
  );
  return [
    HEAD,
    ...schemas.map(([name, schema]) => typeDeclaration(name, objectIn(schema))),
    ...operations.map((operation) => operation.inputType()),
    'export class AdminClient {',
    'readonly #sender: Sender;',
    'constructor(options: AdminClientOptions) { this.#sender = new Sender(options); }',
    ...operations.map((operation) => operation.method()),
    '}',
  ].join('\n');
}

function typeDeclaration(name: string, schema: JsonObject): string {
  const type = typeOf(schema);
  const declaration =
    type.startsWith('{') && schema['type'] === 'object' ? `interface ${name} ${type}` : `type ${name} = ${type};`;
  return `${docOf(schema['description'])}export ${declaration}\n`;
}

class OperationSource {
  constructor(
    private readonly path: string,
    private readonly verb: string,
    private readonly operation: JsonObject,
  ) {}

  /** The names of parameters are members beside `body` and the options: one flat object. */
  inputType(): string {
    const members = [
      ...this.#parameters('path').map((each) => parameterMember(each)),
      ...this.#parameters('query').map((each) => parameterMember(each)),
      ...(this.#body === undefined ? [] : [memberOf('body', this.#body, true)]),
      ...this.#parameters('header').flatMap((each) => OPTIONS.get(textIn(each['name'])) ?? []),
    ];
    if (members.length === 0) return `export type ${this.#inputName} = RequestOptions;\n`;
    return `export interface ${this.#inputName} extends RequestOptions {${members.join('\n')}}\n`;
  }

  method(): string {
    const { operationId, summary, description } = this.operation;
    const words = `${textIn(summary)}. ${textIn(description)}`;
    const route = {
      method: this.verb.toUpperCase(),
      path: this.path,
      query: this.#parameters('query').map(({ name }) => name),
      ...(this.#body === undefined ? {} : { bodyType: this.#bodyType }),
    };
    const parameter = this.#allOptional ? `input: ${this.#inputName} = {}` : `input: ${this.#inputName}`;
    return [
      `${docOf(words.trim())}readonly ${textIn(operationId)} = (${parameter}): Promise<Answered<${this.#answer}>> => {`,
      `const route: Route<${this.#answer}> = ${JSON.stringify(route)};`,
      'return this.#sender.send(route, input);',
      '};\n',
    ].join('\n');
  }

  get #inputName(): string {
    const id = textIn(this.operation['operationId']);
    return `${id.charAt(0).toUpperCase()}${id.slice(1)}Input`;
  }

  get #allOptional(): boolean {
    return (
      this.#body === undefined &&
      !this.#parameters('path')
        .concat(this.#parameters('query'))
        .some((each) => each['required'] === true)
    );
  }

  get #answer(): string {
    const [response] = Object.entries(objectIn(this.operation['responses'])).flatMap(([status, answer]) =>
      status.startsWith('2') ? [objectIn(answer)] : [],
    );
    return typeOf(objectIn(objectIn(objectIn(response?.['content'])['application/json'])['schema']));
  }

  get #contents(): JsonObject {
    const { required, content } = objectIn(this.operation['requestBody']);
    return required === true ? objectIn(content) : {};
  }

  get #bodyType(): string {
    return Object.keys(this.#contents)[0] ?? 'application/json';
  }

  get #body(): JsonObject | undefined {
    const [content] = Object.values(this.#contents);
    return content === undefined ? undefined : objectIn(objectIn(content)['schema']);
  }

  #parameters(place: string): readonly JsonObject[] {
    return listIn(this.operation['parameters'])
      .map(objectIn)
      .filter((each) => each['in'] === place);
  }
}

const parameterMember = ({ name, schema, required, description }: JsonObject): string =>
  memberOf(textIn(name), { ...objectIn(schema), description }, required === true);
