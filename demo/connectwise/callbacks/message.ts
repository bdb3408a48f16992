import { randomUUID } from 'node:crypto';
import { KINDS } from '../api/kinds.ts';
import { renderRow } from '../api/render.ts';
import type { Switches } from '../switches.ts';
import type { Row } from '../world/record-store.ts';
import type { StoreName } from '../world/stores.ts';
import type { WorldChange } from '../world/world-core.ts';
import type { CallbackEntry } from './entries.ts';

/** Type of callback by store; of the others nobody is told. */
const TYPES: Readonly<Partial<Record<StoreName, string>>> = {
  projects: 'project',
  tickets: 'ticket',
  serviceTickets: 'ticket',
  scheduleEntries: 'schedule',
  timeEntries: 'time',
  members: 'member',
  companies: 'company',
};

/** Which of the two kinds of tickets it is: inferred, since one subscription tells of both. */
const RECORD_TYPES: Readonly<Partial<Record<StoreName, string>>> = {
  tickets: 'ProjectTicket',
  serviceTickets: 'ServiceTicket',
};

type Loose = Readonly<Record<string, unknown>>;

/** The id by which the record falls under a level other than the owner; that of a record that is gone nobody knows. */
function levelId(level: string, type: string, row: Loose | undefined, id: number): number | undefined {
  if (level === type) return id;
  const value = Object.entries(row ?? {}).find(([name]) => name.toLowerCase() === level)?.[1];
  return typeof value === 'object' && value !== null && 'id' in value ? Number(value.id) : undefined;
}

/** Whether the entry is to be told of the change. `row` is undefined where the record is gone. */
export function concerns(entry: CallbackEntry, change: WorldChange, row: Row | undefined): boolean {
  const type = TYPES[change.store];
  if (entry.inactiveFlag || change.skipCallback || entry.type.toLowerCase() !== type) return false;
  if (entry.isSelfSuppressedFlag && change.person === entry._info.enteredBy) return false;
  const level = entry.level.toLowerCase();
  return level === 'owner' || levelId(level, type, row, change.id) === entry.objectId;
}

export type Sender = {
  readonly origin: string;
  readonly codebase: string;
  readonly companyId: string;
  readonly keyUrl: string;
  readonly switches: Switches;
};

/** The body as it goes out: `Entity` is JSON within the JSON, and null for a record that is gone. */
export function messageBody(
  entry: CallbackEntry,
  change: WorldChange,
  row: Row | undefined,
  sender: Sender,
): string {
  return JSON.stringify({
    Action: change.action,
    CallbackObjectRecId: entry.id,
    CompanyId: sender.companyId,
    Entity: row && change.action !== 'deleted' ? JSON.stringify(entityOf(change, row, sender)) : null,
    FromUrl: new URL(sender.origin).host,
    ID: change.id,
    MemberId: change.person,
    MessageId: randomUUID(),
    Metadata: { key_url: sender.keyUrl },
    PartnerId: null,
    ProductInstanceId: null,
    Type: entry.type,
  });
}

function entityOf({ store }: WorldChange, row: Row, { origin, codebase, switches }: Sender): Loose {
  const kind = KINDS.find((one) => one.store === store && !one.view);
  if (!kind) return row;
  const recordType = RECORD_TYPES[store];
  const shown = renderRow(kind, row, `${origin}/${codebase}/apis/3.0`, switches);
  return recordType === undefined ? shown : { ...shown, recordType };
}
