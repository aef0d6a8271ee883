/** Owns the reading of the operations out of the document that the server gives. Does not own what is asked, nor any judgement. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export interface FuzzedParameter {
  readonly name: string;
  readonly place: 'path' | 'query' | 'header';
  readonly schema: JsonObject;
}

export interface FuzzedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly FuzzedParameter[];
  /** Without references. */
  readonly body: JsonObject | undefined;
  readonly needsBody: boolean;
  /** Where its answers stand, by status. */
  readonly answers: ReadonlyMap<number, string>;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const objectIn = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
export const listIn = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value.map((each: Json) => each) : [];
export const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
export const escaped = (segment: string): string => segment.replaceAll('~', '~0').replaceAll('/', '~1');

export class FuzzedDocument {
  constructor(readonly json: JsonObject) {}

  get operations(): readonly FuzzedOperation[] {
    return Object.entries(objectIn(this.json['paths'])).flatMap(([path, item]) =>
      Object.entries(objectIn(item)).map(([method, operation]) => this.#operation(path, method, objectIn(operation))),
    );
  }

  /** A node, and where it stands when every reference on the way is followed. */
  at(pointer: string): { readonly node: JsonObject; readonly pointer: string } {
    let node: Json | undefined = this.json;
    for (const segment of pointer.split('/').slice(1)) {
      node = objectIn(node)[segment.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    const reference = textIn(objectIn(node)['$ref']);
    return reference === '' ? { node: objectIn(node), pointer } : this.at(reference.slice(1));
  }

  #operation(path: string, method: string, operation: JsonObject): FuzzedOperation {
    const place = `/paths/${escaped(path)}/${method}`;
    const requestBody = objectIn(operation['requestBody']);
    const [content] = Object.values(objectIn(requestBody['content']));
    return {
      ...{ path, id: textIn(operation['operationId']), method: method.toUpperCase() },
      parameters: listIn(operation['parameters']).map((each) => {
        const { name, in: where, schema } = objectIn(each);
        const known = where === 'path' || where === 'query' ? where : 'header';
        return { name: textIn(name), place: known, schema: objectIn(schema) };
      }),
      body: content === undefined ? undefined : objectIn(this.#whole(objectIn(content)['schema'] ?? {})),
      needsBody: requestBody['required'] === true,
      answers: new Map(
        Object.keys(objectIn(operation['responses'])).map((status) => [Number(status), `${place}/responses/${status}`]),
      ),
    };
  }

  #whole(schema: Json): Json {
    if (Array.isArray(schema)) return schema.map((each: Json) => this.#whole(each));
    if (!isObject(schema)) return schema;
    const reference = textIn(schema['$ref']);
    if (reference !== '') return this.#whole(this.at(reference.slice(1)).node);
    return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, this.#whole(value ?? null)]));
  }
}
