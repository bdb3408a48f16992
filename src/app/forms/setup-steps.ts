/** Which form a step of set-up shows: by what ConnectWise, the settings and the queue say at the moment. */
import type { Form } from '../../ports/form.ts';
import type { AlertChannel, Settings } from '../../ports/settings.ts';
import type { Asker, CommandDeps } from '../commands/command.ts';
import { type SetupFacts, soon } from '../setup-facts.ts';
import type { SetupDraft } from './setup-draft.ts';
import {
  alertsForm,
  boardsForm,
  connectionForm,
  costForm,
  dataForm,
  failedForm,
  keysAbsentForm,
  waitingForm,
} from './setup-views.ts';

/** How long the one who asks may wait, and who it is. */
export type Showing = { readonly withinMs: number; readonly person: Asker['person'] };

export async function showStep(deps: CommandDeps, draft: SetupDraft, showing: Showing): Promise<Form> {
  const { setupFacts, installation } = deps;
  if (!setupFacts || installation.missing.length > 0) return keysAbsentForm(draft, installation.missing);
  const { waiting: _, ...fresh } = draft;
  return await shows[draft.step](deps, fresh, { ...showing, facts: setupFacts });
}

type Show = (
  deps: CommandDeps,
  draft: SetupDraft,
  showing: Showing & { readonly facts: SetupFacts },
) => Promise<Form>;

const showConnection: Show = async (deps, draft, { facts, withinMs }) => {
  const connection = await soon(deps.clock, facts.connection(), withinMs);
  if (!connection) return waitingForm(draft);
  if (!connection.reached) return failedForm(draft, connection.failure);
  // What was refused or out of reach before goes on without anybody writing “integration check”.
  if ((await deps.gate.read()).circuit) await deps.gate.probeNow();
  return connectionForm(draft, connection, deps.links);
};

const showData: Show = async (deps, draft) => dataForm(draft, await deps.tasks.get(`${deps.tenantId}:misc`));

const showBoards: Show = async (deps, draft, { facts, withinMs }) => {
  const boards = await soon(deps.clock, facts.boards(), withinMs);
  if (!boards) return waitingForm(draft);
  return boards.found ? boardsForm(draft, boards.value) : failedForm(draft, boards.failure);
};

const showCost: Show = async (deps, draft, { facts, withinMs }) => {
  const answers = Promise.all([facts.size(draft.boards), facts.boards()]);
  const found = await soon(deps.clock, answers, withinMs);
  if (!found) return waitingForm(draft);
  const [size, boards] = found;
  if (!size.found) return failedForm(draft, size.failure);
  if (!boards.found) return failedForm(draft, boards.failure);
  const names = boards.value.filter(({ id }) => draft.boards.includes(id)).map(({ name }) => name);
  return costForm(draft, size.value, facts.perSecond, names);
};

const showAlerts: Show = async (deps, draft, { person }) => {
  const kept = channelsHere(await deps.settings.read(), person).map(({ conversation }) => conversation);
  return alertsForm(draft, kept.length > 0 ? kept : draft.here === undefined ? [] : [draft.here]);
};

const shows: { readonly [step in SetupDraft['step']]: Show } = {
  connection: showConnection,
  data: showData,
  boards: showBoards,
  cost: showCost,
  alerts: showAlerts,
};

/** A form shows conversations of its own platform only: those elsewhere stay as they are. */
export function channelsHere(
  { alertChannels }: Pick<Settings, 'alertChannels'>,
  person: Asker['person'],
): readonly AlertChannel[] {
  return alertChannels.filter(
    ({ platform, tenant }) => platform === person.platform && tenant === person.tenant,
  );
}
