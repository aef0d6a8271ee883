// Owns an application of NestJS on Fastify with one GET, the same for each guard that is measured: they differ in what they
// give here alone. NestJS, Fastify, passport and passport-jwt are those of the workspace, the very same files for all.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** Where the issuer is, and for whom its tokens must be and with what scope. */
export const { ISSUER, AUDIENCE, JWKS_URI, FEED_REDIS_URL, ALGORITHM, SCOPE, PORT } = process.env;

/** @param decorators of the one route */
export async function serve({ imports = [], providers = [], decorators = [] } = {}) {
  class NotesController {
    list() {
      return { notes: [] };
    }
  }
  const list = Object.getOwnPropertyDescriptor(NotesController.prototype, 'list');
  for (const decorate of [Get(), ...decorators]) decorate(NotesController.prototype, 'list', list);
  Controller('notes')(NotesController);
  class AppModule {}
  Module({ imports, providers, controllers: [NotesController] })(AppModule);
  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ['warn', 'error'] });
  await app.listen(Number(PORT), '127.0.0.1');
  process.stdout.write('listening\n');
}
