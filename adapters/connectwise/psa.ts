import { FailureError } from '../../src/domain/failure.ts';
import type { Psa, PsaPage } from '../../src/ports/psa.ts';
import type { ConnectWiseClient, Page } from './client.ts';
import { type Condition, eq } from './conditions.ts';
import { RecordMissingError } from './errors.ts';
import { kind, phaseKind, projectKind, ticketKind } from './kinds.ts';
import { phaseFrom, projectFrom, ticketFrom } from './mapping.ts';
import { systemInfoSchema } from './schemas.ts';

const systemInfoKind = kind('system info', systemInfoSchema);

/** The `Psa` port over ConnectWise. Reads only. */
export function connectWisePsa(client: ConnectWiseClient): Psa {
  return {
    systemInfo: (call) => client.get(systemInfoKind, '/system/info', call),
    project: async (id, call) =>
      projectFrom(await ofProject(id, client.get(projectKind, `/project/projects/${id}`, call))),
    openProjects: (call) =>
      mapped(
        client.pages(projectKind, { path: '/project/projects', condition: eq('closedFlag', false) }, call),
        projectFrom,
      ),
    phases: (projectId, call) =>
      mapped(
        pagesOfProject(projectId, client.pages(phaseKind, { path: phasesPath(projectId) }, call)),
        phaseFrom,
      ),
    phaseCount: (projectId, call) =>
      ofProject(projectId, client.count(phaseKind.entity, { path: phasesPath(projectId) }, call)),
    tickets: (projectId, call) => mapped(client.pages(ticketKind, ticketsOf(projectId), call), ticketFrom),
    ticketCount: (projectId, call) => client.count(ticketKind.entity, ticketsOf(projectId), call),
  };
}

function phasesPath(projectId: number): string {
  return `/project/projects/${projectId}/phases`;
}

function ticketsOf(projectId: number): { path: string; condition: Condition } {
  return { path: '/project/tickets', condition: eq('project/id', projectId) };
}

async function* mapped<T, U>(
  pages: AsyncIterable<Page<T>>,
  map: (record: T) => U,
): AsyncGenerator<PsaPage<U>> {
  for await (const { items, skipped } of pages) yield { items: items.map(map), skipped };
}

async function* pagesOfProject<T>(projectId: number, pages: AsyncIterable<Page<T>>): AsyncGenerator<Page<T>> {
  try {
    yield* pages;
  } catch (error) {
    throw missingProject(projectId, error);
  }
}

async function ofProject<T>(projectId: number, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw missingProject(projectId, error);
  }
}

/** A 404 says which record is missing only to the one who asked. */
function missingProject(projectId: number, error: unknown): unknown {
  if (!(error instanceof RecordMissingError)) return error;
  const { message: _, ...rest } = error.failure;
  const message = `ConnectWise has no project ${projectId}, or the API member can no longer see it.`;
  return new FailureError(
    { ...rest, code: 'cw.project-missing', message, entity: 'project' },
    { cause: error },
  );
}
