import { describe, expect, it } from '@jest/globals';
import { weightOf } from './accept.js';

const JWT = 'application/token-introspection+jwt';

describe('RFC 9110 §12.5.1 Accept', () => {
  it.each<[string | undefined, number, number]>([
    [undefined, 1, 1],
    ['', 1, 1],
    ['*/*', 1, 1],
    ['text/html', 0, 0],
    [JWT, 0, 1],
    [JWT.toUpperCase(), 0, 1],
    ['application/json', 1, 0],
    [`application/json;q=0.5, ${JWT}`, 0.5, 1],
    [`application/json, ${JWT};q=0.5`, 1, 0.5],
    [`${JWT};q=0, */*;q=0.1`, 0.1, 0],
    ['application/*;q=0.3, application/json', 1, 0.3],
    ['application/json, application/*;q=0.3', 1, 0.3],
    [`${JWT} ; q=0.25 , application/json ; charset=utf-8`, 1, 0.25],
    ['application/json;version=2', 0, 0],
    ['application/json;q=2', 0, 0],
    ['application/json;q=1.001, application/*;q=0.2', 0.2, 0.2],
    [`;,=${JWT},,`, 0, 0],
  ])('%j wants JSON by %d and a JWT by %d', (header, json, jwt) => {
    expect([weightOf(header, 'application/json'), weightOf(header, JWT)]).toEqual([json, jwt]);
  });
});
