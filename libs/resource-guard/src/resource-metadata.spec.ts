import { describe, expect, it } from '@jest/globals';
import { resourceMetadata, resourceMetadataUrl } from './resource-metadata.js';

describe('RFC 9728 §3.1 where the metadata stand', () => {
  it.each(['urn:example:api', 'notes', 'file:///etc/passwd'])('has no place for %j', (resource) => {
    expect(resourceMetadataUrl(resource)).toBeUndefined();
  });

  it.each([
    ['https://api.example', 'https://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example/', 'https://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example/notes', 'https://api.example/.well-known/oauth-protected-resource/notes'],
    ['https://api.example/v1/notes?a=b', 'https://api.example/.well-known/oauth-protected-resource/v1/notes?a=b'],
    ['http://localhost:4002', 'http://localhost:4002/.well-known/oauth-protected-resource'],
  ])('inserts the path: %s', (resource, url) => {
    expect(resourceMetadataUrl(resource)?.href).toBe(url);
  });
});

describe('RFC 9728 §2 the document', () => {
  it('leaves out what was not said', () => {
    expect(resourceMetadata({ resource: 'https://api.example', issuer: 'https://login.example' })).toEqual({
      resource: 'https://api.example',
      authorization_servers: ['https://login.example'],
      bearer_methods_supported: ['header'],
    });
  });

  it('names its scopes and itself', () => {
    expect(
      resourceMetadata({
        resource: 'https://api.example',
        issuer: 'https://login.example',
        scopesSupported: ['notes:read'],
        resourceName: 'Notes',
      }),
    ).toMatchObject({ scopes_supported: ['notes:read'], resource_name: 'Notes' });
  });
});
