/** Owns the composition of the application: guard, notes, operations. Does not own HTTP settings nor the start (service). */
import { LatchkeyModule, type LatchkeyModuleOptions } from '@latchkey/resource-guard/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotesController } from './notes/notes-controller.js';
import { NotesStore } from './notes/notes-store.js';
import { OperationsController } from './operations/operations-controller.js';

@Module({})
export class AppModule {
  static compose(parts: { readonly guard: LatchkeyModuleOptions; readonly database: DataSource }): DynamicModule {
    return {
      module: AppModule,
      imports: [LatchkeyModule.forRoot(parts.guard)],
      controllers: [NotesController, OperationsController],
      providers: [{ provide: DataSource, useValue: parts.database }, NotesStore],
    };
  }
}
