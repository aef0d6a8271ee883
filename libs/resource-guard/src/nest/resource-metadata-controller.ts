/** Owns the route of the metadata of RFC 9728, open to everybody. Does not own the document. */
import { Controller, Get, Inject, NotFoundException, Req } from '@nestjs/common';
import { resourceMetadata, resourceMetadataUrl, WELL_KNOWN_PATH, type ResourceMetadata } from '../resource-metadata.js';
import { Public } from './decorators.js';
import { MODULE_OPTIONS_TOKEN, type LatchkeyModuleOptions } from './module-options.js';

@Controller()
@Public()
export class ResourceMetadataController {
  constructor(@Inject(MODULE_OPTIONS_TOKEN) private readonly options: LatchkeyModuleOptions) {}

  /** RFC 9728 §3: the path of the identifier follows the well-known one, and only that one address has a document. */
  @Get([WELL_KNOWN_PATH, `${WELL_KNOWN_PATH}/*`])
  read(@Req() request: { readonly url: string }): ResourceMetadata {
    const { audience, issuer, scopesSupported, resourceName } = this.options;
    const url = resourceMetadataUrl(audience);
    if (url?.pathname !== request.url.split('?')[0]) throw new NotFoundException();
    return resourceMetadata({ resource: audience, issuer, scopesSupported, resourceName });
  }
}
