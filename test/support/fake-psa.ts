import { FailureError } from '../../src/domain/failure.ts';
import type { Psa, PsaCall, PsaPage, PsaPhase, PsaProject, PsaTicket } from '../../src/ports/psa.ts';

type Skipped = PsaPage<never>['skipped'][number];

/** ConnectWise in memory: pages in order of id, and a place to step in between two of them. */
export class FakePsa implements Psa {
  projects: readonly PsaProject[] = [];
  phasesShown: readonly PsaPhase[] = [];
  ticketsShown: readonly PsaTicket[] = [];
  skippedTickets: readonly Skipped[] = [];
  pageSize = 2;
  readonly calls: PsaCall[] = [];
  /** Called before each request: what happens in ConnectWise meanwhile, or a fault to throw. */
  beforeRequest: (what: string) => void | Promise<void> = () => {};

  async systemInfo(call: PsaCall) {
    await this.#asked('systemInfo', call);
    return { version: 'v2025_8' };
  }

  async project(id: number, call: PsaCall): Promise<PsaProject> {
    await this.#asked('project', call);
    const project = this.projects.find((one) => one.id === id);
    if (!project) throw new FailureError({ code: 'cw.project-missing' });
    return project;
  }

  openProjects(call: PsaCall) {
    return this.#pages('openProjects', call, () => this.projects.filter(({ closed }) => !closed));
  }

  phases(_projectId: number, call: PsaCall) {
    return this.#pages('phases', call, () => this.phasesShown);
  }

  async phaseCount(_projectId: number, call: PsaCall): Promise<number> {
    await this.#asked('phaseCount', call);
    return this.phasesShown.length;
  }

  tickets(_projectId: number, call: PsaCall) {
    return this.#pages(
      'tickets',
      call,
      () => this.ticketsShown,
      () => this.skippedTickets,
    );
  }

  async ticketCount(_projectId: number, call: PsaCall): Promise<number> {
    await this.#asked('ticketCount', call);
    return this.ticketsShown.length;
  }

  async #asked(what: string, call: PsaCall): Promise<void> {
    call.signal.throwIfAborted();
    this.calls.push(call);
    await this.beforeRequest(what);
  }

  async *#pages<T extends { readonly id: number }>(
    what: string,
    call: PsaCall,
    all: () => readonly T[],
    skipped: () => readonly Skipped[] = () => [],
  ): AsyncIterable<PsaPage<T>> {
    let last = 0;
    for (;;) {
      await this.#asked(what, call);
      const left = all()
        .filter(({ id }) => id > last)
        .toSorted((a, b) => a.id - b.id);
      const items = left.slice(0, this.pageSize);
      const final = left.length <= this.pageSize;
      yield { items, skipped: final ? skipped() : [] };
      if (final) return;
      last = items.at(-1)?.id ?? last;
    }
  }
}
