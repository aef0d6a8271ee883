/** Owns the routes of the sample API. Does not own who may enter (the guard) nor what is kept (the store). */
import type { AccessTokenClaims } from '@latchkey/resource-guard/nest';
import { AccessToken, RequiredScope } from '@latchkey/resource-guard/nest';
import { BadRequestException, Body, Controller, Get, NotFoundException, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { parseNoteRequest } from './note-request.js';
import { NotesStore, type Note } from './notes-store.js';

interface NoteDocument {
  readonly id: string;
  readonly text: string;
  readonly created_at: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const documentOf = ({ id, text, createdAt }: Note): NoteDocument => ({ id, text, created_at: createdAt.toISOString() });

@Controller('notes')
export class NotesController {
  constructor(private readonly notes: NotesStore) {}

  @Get()
  @RequiredScope('notes:read')
  async list(@AccessToken() { sub }: AccessTokenClaims): Promise<{ items: NoteDocument[] }> {
    return { items: (await this.notes.list(sub)).map(documentOf) };
  }

  @Get(':id')
  @RequiredScope('notes:read')
  async read(@AccessToken() { sub }: AccessTokenClaims, @Param('id') id: string): Promise<NoteDocument> {
    const note = UUID.test(id) ? await this.notes.find(sub, id) : undefined;
    if (note === undefined) throw new NotFoundException();
    return documentOf(note);
  }

  @Post()
  @RequiredScope('notes:write')
  async write(
    @AccessToken() { sub }: AccessTokenClaims,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NoteDocument> {
    const parsed = parseNoteRequest(body);
    if ('fault' in parsed) throw new BadRequestException(parsed.fault);
    const note = await this.notes.add(sub, parsed.value.text);
    void reply.header('location', `/notes/${note.id}`);
    return documentOf(note);
  }
}
