// Owns: finding in an OpenAPI document what rules ask about. Does not own: the rules.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export interface ReadAnswer {
  readonly status: number;
  readonly types: readonly string[];
  readonly headers: readonly string[];
}

export interface ReadOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly scope: readonly string[];
  readonly headerParameters: readonly string[];
  readonly statuses: readonly number[];
  readonly answers: readonly ReadAnswer[];
}

/** An example, and by which schema it is to be judged: both by their JSON Pointer. */
export interface ReadExample {
  readonly at: string;
  readonly schemaAt: string;
  readonly example: Json | undefined;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const objectIn = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
export const listIn = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);
export const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const escape = (segment: string): string => segment.replaceAll('~', '~0').replaceAll('/', '~1');

export interface ReadLink {
  readonly from: ReadOperation;
  readonly to: string;
  readonly parameters: JsonObject;
  /** The schema of the answer that has it. */
  readonly answer: JsonObject;
}

export class DocumentReader {
  constructor(private readonly document: JsonObject) {}

  operations(): readonly ReadOperation[] {
    return Object.entries(objectIn(this.document['paths'])).flatMap(([path, item]) =>
      Object.entries(objectIn(item)).map(([method, operation]) => this.#operation(path, method, objectIn(operation))),
    );
  }

  tagDescription(name: string): string {
    const tag = listIn(this.document['tags']).find((each) => objectIn(each)['name'] === name);
    return textIn(objectIn(tag)['description']);
  }

  scopes(): ReadonlySet<string> {
    return new Set(Object.keys(objectIn(this.#flow()['scopes'])));
  }

  tokenUrl(): string {
    return textIn(this.#flow()['tokenUrl']);
  }

  sharedHeaders(response: string): readonly string[] {
    return Object.keys(objectIn(objectIn(objectIn(this.#component('responses'))[response])['headers']));
  }

  deadReferences(): readonly string[] {
    return this.#objects()
      .map(({ node }) => textIn(node['$ref']))
      .filter((reference) => reference !== '' && this.#at(reference) === undefined);
  }

  /** Where there is no description, and no reference to something that has one. */
  undescribed(): readonly string[] {
    const members = this.#objects().flatMap(({ at, node }) => {
      const named = at.endsWith('/properties') ? [] : Object.entries(objectIn(node['properties']));
      const headers = Object.entries(objectIn(node['headers']));
      return [...named, ...headers].map(([name, value]) => ({ at: `${at}/${name}`, value }));
    });
    const parameters = this.#objects()
      .filter(({ node }) => typeof node['in'] === 'string')
      .map(({ at, node }) => ({ at, value: node }));
    return [...members, ...parameters]
      .filter(({ value }) => textIn(this.#resolved(value)['description']) === '')
      .map(({ at }) => at);
  }

  /** Of each media type, parameter and header: wherever a schema stands beside something that could be shown. */
  examples(): readonly ReadExample[] {
    return this.#objects()
      .filter(({ at, node }) => isObject(node['schema']) && !at.includes('/schemas/'))
      .map(({ at, node }) => ({ at, schemaAt: `${encodeURI(at)}/schema`, example: node['example'] }));
  }

  /** Links of answers (OpenAPI 3.1 §4.8.20) that name no operation, leave out a parameter of its path, or point at nothing. */
  deadLinks(): readonly string[] {
    const linked = this.links();
    const all = new Map(this.operations().map((each) => [each.id, each]));
    return linked.flatMap(({ from, to, parameters, answer }) => {
      const needed = [...(all.get(to)?.path ?? '/{none}').matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
      const given = Object.entries(parameters);
      const isWhole = needed.toSorted().join() === Object.keys(parameters).toSorted().join();
      const dead = given.filter(([, expression]) => !this.#leads(textIn(expression), from.path, answer));
      return isWhole && dead.length === 0 ? [] : [`${from.id} → ${to}: ${JSON.stringify(parameters)}`];
    });
  }

  links(): readonly ReadLink[] {
    return this.operations().flatMap((from) => {
      const operation = objectIn(objectIn(objectIn(this.document['paths'])[from.path])[from.method]);
      return Object.values(objectIn(operation['responses'])).flatMap((response) => {
        const { links, content } = this.#resolved(response);
        const answer = this.#resolved(objectIn(objectIn(content)['application/json'])['schema']);
        return Object.values(objectIn(links))
          .map(objectIn)
          .map(({ operationId, parameters }) => ({
            ...{ from, to: textIn(operationId), parameters: objectIn(parameters), answer },
          }));
      });
    });
  }

  #leads(expression: string, path: string, answer: JsonObject): boolean {
    const [, place = '', rest = ''] = /^\$(request\.path\.|response\.body#\/)(.+)$/.exec(expression) ?? [];
    if (place === 'request.path.') return path.includes(`{${rest}}`);
    return (
      rest.split('/').reduce<JsonObject>((node, segment) => {
        const { properties, items } = node;
        return this.#resolved(segment === '0' ? items : objectIn(properties)[segment]);
      }, answer)['type'] !== undefined
    );
  }

  /** Objects in the bodies of requests that take members which nobody knows. */
  openRequests(): readonly string[] {
    return this.operations().flatMap(({ id, path, method }) => {
      const operation = objectIn(objectIn(objectIn(this.document['paths'])[path])[method]);
      const content = objectIn(objectIn(operation['requestBody'])['content']);
      return Object.values(content).flatMap((type) => this.#openIn(objectIn(type)['schema']).map((at) => `${id}${at}`));
    });
  }

  /** Titled schemas that stand inside others: another one has their name already. */
  titlesInside(): readonly string[] {
    return this.#objects()
      .filter(
        ({ at, node }) => typeof node['title'] === 'string' && !/^\/components\/schemas\/[^/]+$|^\/info$/.test(at),
      )
      .map(({ at }) => at);
  }

  #openIn(schema: Json | undefined, at = ''): readonly string[] {
    const node = this.#resolved(schema);
    const inner = Object.entries(objectIn(node['properties'])).flatMap(([name, member]) =>
      this.#openIn(member, `${at}/${name}`),
    );
    const items = isObject(node['items']) ? this.#openIn(node['items'], `${at}/items`) : [];
    const isOpen = isObject(node['properties']) && node['additionalProperties'] !== false;
    return [...(isOpen ? [at] : []), ...inner, ...items];
  }

  #operation(path: string, method: string, operation: JsonObject): ReadOperation {
    const answers = Object.entries(objectIn(operation['responses'])).map(([status, response]) => {
      const { content, headers } = this.#resolved(response);
      return { status: Number(status), types: Object.keys(objectIn(content)), headers: Object.keys(objectIn(headers)) };
    });
    const parameters = listIn(operation['parameters']).map(objectIn);
    return {
      ...{ method, path, answers },
      id: textIn(operation['operationId']),
      summary: textIn(operation['summary']),
      tag: textIn(listIn(operation['tags'])[0]),
      scope: listIn(objectIn(listIn(operation['security'])[0])['admin']).map(textIn),
      headerParameters: parameters.filter((each) => each['in'] === 'header').map((each) => textIn(each['name'])),
      statuses: answers.map(({ status }) => status),
    };
  }

  #component(kind: string): JsonObject {
    return objectIn(objectIn(this.document['components'])[kind]);
  }

  #flow(): JsonObject {
    const { flows } = objectIn(this.#component('securitySchemes')['admin']);
    return objectIn(objectIn(flows)['clientCredentials']);
  }

  #at(reference: string): Json | undefined {
    let node: Json | undefined = this.document;
    for (const segment of reference.split('/').slice(1)) {
      node = objectIn(node)[segment.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    return node;
  }

  #resolved(value: Json | undefined): JsonObject {
    const node = objectIn(value);
    return typeof node['$ref'] === 'string' ? { ...this.#resolved(this.#at(node['$ref'])), ...node } : node;
  }

  /** Every object of the document that is no example, with its JSON Pointer. */
  #objects(): readonly { readonly at: string; readonly node: JsonObject }[] {
    const found: { at: string; node: JsonObject }[] = [];
    const walk = (value: Json | undefined, at: string): void => {
      for (const [index, each] of listIn(value).entries()) walk(each, `${at}/${index}`);
      if (!isObject(value)) return;
      found.push({ at, node: value });
      for (const [name, inner] of Object.entries(value)) {
        if (!['example', 'examples', 'default', 'enum', 'const'].includes(name)) walk(inner, `${at}/${escape(name)}`);
      }
    };
    walk(this.document, '');
    return found;
  }
}
