/**
 * Owns the two files that pages load from us, each under a name that changes with its content, cached for good.
 * Does not own pages.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
}

export class Assets {
  private readonly byName = new Map<string, Asset>();
  readonly stylesheetPath = this.read('latchkey.css', 'css', 'text/css; charset=utf-8');
  readonly iconPath = this.read('latchkey.svg', 'svg', 'image/svg+xml');

  find(name: string): Asset | undefined {
    return this.byName.get(name);
  }

  private read(file: string, extension: string, contentType: string): string {
    const body = readFileSync(new URL(`./views/${file}`, import.meta.url));
    const name = `${createHash('sha256').update(body).digest('hex').slice(0, 32)}.${extension}`;
    this.byName.set(name, { contentType, body });
    return `/assets/${name}`;
  }
}
