/**
 * Owns the rendering of pages from the templates in views/, every value escaped. Does not own their data.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Assets } from './assets.js';
import type { Page } from './page.js';

const FOLDER = fileURLToPath(new URL('./views', import.meta.url));

const PARTS = ['layout', 'client', 'returns', 'more'];
const PAGES = [
  ...['login', 'choose-account', 'consent', 'form-post', 'problem', 'account', 'password', 'logout', 'signed-out'],
];
const TEMPLATES = [...PARTS, ...PAGES];

export class Views {
  private readonly eta = new Eta({ views: FOLDER, cache: true, autoEscape: true });

  constructor(private readonly assets: Assets) {
    // A missing template is a fault of the build: better at start than before a person.
    for (const template of TEMPLATES) readFileSync(`${FOLDER}/${template}.eta`);
  }

  render(page: Page): string {
    return this.eta.render(`./${page.template}`, {
      page,
      stylesheet: this.assets.stylesheetPath,
      icon: this.assets.iconPath,
    });
  }
}
