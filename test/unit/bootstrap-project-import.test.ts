import { describe, expect, test } from 'vitest';
import { projectImport } from '../../src/bootstrap/project-import.ts';
import type { Psa } from '../../src/ports/psa.ts';
import { FakeLogStore } from '../support/fake-log-store.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { makePsaProject } from '../support/make-psa-records.ts';
import { countingIds } from '../support/recording-logger.ts';

const ann = { id: 'slack:T1/U1', name: 'Ann' };

function rig(psa: Pick<Psa, 'project' | 'openProjects'>) {
  const clock = new HandClock();
  const tasks = new FakeSyncTasks();
  const log = new FakeLogStore();
  return { clock, tasks, log, imports: projectImport({ psa, tasks, log, ids: countingIds(), clock }) };
}

function pages(
  ...found: readonly (readonly ReturnType<typeof makePsaProject>[])[]
): Pick<Psa, 'project' | 'openProjects'> {
  return {
    async project(id, { priority }) {
      expect(priority).toBe(2);
      const project = found.flat().find((one) => one.id === id);
      if (!project) throw new Error('none');
      return { project, readAt: null };
    },
    async *openProjects() {
      for (const items of found) yield { items, skipped: [], readAt: null };
    },
  };
}

describe('importing from chat', () => {
  test('links as the person who asked, ahead of everything else', async () => {
    const { imports, tasks, log } = rig(pages([makePsaProject({ id: 7, name: 'Server room' })]));
    const imported = await imports.link(7, ann);
    expect(imported).toMatchObject({ result: 'linked', projectName: 'Server room', again: false });
    expect(tasks.created).toMatchObject([{ externalId: 7 }]);
    expect(log.all).toMatchObject([{ action: 'linked', message: 'Project “Server room” linked by Ann' }]);
  });

  test('shows what is open, from every page', async () => {
    const { imports } = rig(pages([makePsaProject({ id: 7 })], [makePsaProject({ id: 8 })]));
    expect((await imports.openProjects()).map(({ id }) => id)).toEqual([7, 8]);
  });

  test('a ConnectWise that does not answer in time is told as that', async () => {
    const never: Psa['project'] = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    const { imports, clock } = rig({ ...pages(), project: never });
    const answer = imports.link(7, ann).catch((error: unknown) => error);
    await clock.advance(20_000);
    expect(await answer).toMatchObject({ failure: { code: 'cw.unavailable' } });
  });
});
