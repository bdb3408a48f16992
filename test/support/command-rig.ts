import { type Answer, type DispatchDeps, dispatch } from '../../src/app/commands/dispatch.ts';
import { commands } from '../../src/app/commands/registry.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import { personKey } from '../../src/domain/person.ts';
import type { Role } from '../../src/domain/roles.ts';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import type { GateState } from '../../src/ports/gate.ts';
import type { NewInteraction } from '../../src/ports/interactions.ts';
import type { AuditEntry } from '../../src/ports/people.ts';
import type { Chart } from '../../src/ports/pictures.ts';
import type { PsaLinks } from '../../src/ports/psa.ts';
import type { Action, Block, Reply, Text } from '../../src/ports/reply.ts';
import { FakeApiTokens } from './fake-api-tokens.ts';
import { FakeClaimStore } from './fake-claim-store.ts';
import { FakeDirectory } from './fake-directory.ts';
import { FakeFollowStore } from './fake-follow-store.ts';
import { FakeGate } from './fake-gate.ts';
import { FakeHomes } from './fake-homes.ts';
import { FakeIdentities } from './fake-identities.ts';
import { FakeIncidentStore } from './fake-incident-store.ts';
import { FakeLinkedBoards } from './fake-linked-boards.ts';
import { FakeLogStore } from './fake-log-store.ts';
import { FakePlanner } from './fake-planner.ts';
import { FakeReferenceStore } from './fake-reference-store.ts';
import { FakeReportStore } from './fake-report-store.ts';
import { FakeSettingsStore } from './fake-settings-store.ts';
import { FakeSyncTasks } from './fake-sync-tasks.ts';
import { FakeUndoStore } from './fake-undo-store.ts';
import { HandClock } from './hand-clock.ts';
import { testStart } from './make-sync-task.ts';
import { countingIds, RecordingLogger } from './recording-logger.ts';

export const testLinks: PsaLinks = {
  record: (kind, id) => `https://psa.example/${kind}/${id}?a=1&b=2`,
  home: () => ({ url: 'https://psa.example/', label: 'psa.example' }),
};

/** While everything may sync. */
export const openGate: GateState = { now: testStart, enabled: true };

/** Commands over stores in memory; each role is a person of that name. */
export function commandRig(tasks: readonly SyncTask[], given: Partial<DispatchDeps> = {}) {
  const store = new FakeSyncTasks(...tasks);
  const planner = new FakePlanner();
  const log = new FakeLogStore();
  const report = new FakeReportStore();
  const drawn: Chart[] = [];
  const logger = new RecordingLogger();
  const audited: AuditEntry[] = [];
  const followed: (NewInteraction & { readonly taskId: string; readonly ticket: number })[] = [];
  const clock = new HandClock();
  const gate = new FakeGate(() => clock.now());
  const deps: DispatchDeps = {
    tenantId: 't',
    gate,
    tasks: store,
    planner,
    log,
    report,
    pictures: {
      async draw(chart) {
        drawn.push(chart);
        return new Uint8Array([1, 2, 3]);
      },
    },
    interactions: { follow: async (one, run) => void followed.push({ ...one, ...run }) },
    links: testLinks,
    clock,
    ids: countingIds(),
    roles: {
      roleOf: async ({ userId }) => (userId === 'nobody' ? undefined : (userId as Role)),
      holders: async (role) =>
        role === 'admin' ? ['slack:T1/UADMIN'] : ['slack:T1/UADMIN', 'slack:T1/UOPER'],
      seedAdmins: async () => false,
      all: async () => [],
      grant: async () => ({ result: 'unchanged', before: undefined }),
      revoke: async () => ({ result: 'unchanged', before: undefined }),
    },
    audit: {
      append: async (entry) => void audited.push(entry),
      entries: async () => ({ entries: audited.toReversed(), more: false }),
    },
    apiTokens: new FakeApiTokens(),
    directory: new FakeDirectory(),
    identities: new FakeIdentities(),
    homes: new FakeHomes(() => clock.now()),
    settings: new FakeSettingsStore(),
    reference: new FakeReferenceStore(),
    doctor: async () => [],
    undo: new FakeUndoStore(() => clock.now()),
    claims: new FakeClaimStore(() => clock.now()),
    follows: new FakeFollowStore(),
    incidents: new FakeIncidentStore(() => clock.now()),
    delivery: { post: async () => ({ result: 'sent', handle: { platform: 'slack' } }) },
    firstImport: { begin: async () => {} },
    linkedBoards: new FakeLinkedBoards(),
    installation: { defaultRole: 'viewer', missing: [] },
    commands,
    logger,
    toFailure: failureClassifier(countingIds()),
    ...given,
  };
  const ask = (text: string, userId = 'operator'): Promise<Answer> => {
    const person = { platform: 'slack', tenant: 'T1', userId, name: `The ${userId}` } as const;
    const place = { kind: 'conversation', id: 'C1' } as const;
    const handle = { platform: 'slack' } as const;
    return dispatch(deps, { id: `e:${personKey(person)}`, person, text, handle, place });
  };
  const say = async (text: string, userId = 'operator') => (await ask(text, userId)).reply;
  return { deps, ask, say, store, planner, gate, clock, log, report, drawn, logger, audited, followed };
}

export function actionsOf(reply: Reply | undefined): readonly Action[] {
  return (reply?.blocks ?? []).flatMap((block) => {
    if (block.block === 'actions') return block.actions;
    return block.block === 'row' ? block.menu : [];
  });
}

/** Everything a reply says, as one text. */
export function wordsOf(reply: Reply | undefined): string {
  const ofText = (text: Text): string =>
    text
      .map((part) => {
        if (part.part === 'link') return part.label;
        if (part.part === 'person') return part.name === undefined ? part.key : `@${part.name}`;
        return part.part === 'time' ? part.at.toISOString() : part.text;
      })
      .join('');
  const ofBlock = (block: Block): string => {
    switch (block.block) {
      case 'heading':
        return block.text;
      case 'text':
      case 'note':
        return ofText(block.text);
      case 'fields':
        return block.fields.map(({ label, value }) => `${label}: ${ofText(value)}`).join('\n');
      case 'row':
        return block.lines.map(ofText).join('\n');
      case 'filter':
        return `${block.text.label}: ${block.text.value}`;
      case 'actions':
        return block.actions.map(({ label }) => `[${label}]`).join(' ');
    }
  };
  const blocks = (reply?.blocks ?? []).map(ofBlock);
  return [reply?.summary ?? '', ...blocks].join('\n');
}
