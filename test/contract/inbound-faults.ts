/** What goes wrong on the way to ConnectWise, and with the rights there, over the simulator's own controls. */
import type { Access } from '../support/engine-rig.ts';
import type { Choice } from './inbound-people.ts';

/** A request that could change something, as the simulator saw it. */
export type WriteSeen = {
  readonly method: string;
  readonly path: string;
  /** 0 when the connection was cut. */
  readonly status: number;
};

export class SimulatorControl {
  readonly #url: string;
  constructor({ url }: Pick<Access, 'url'>) {
    this.#url = url;
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}/_control${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  async fault(spec: object): Promise<void> {
    await this.#send('POST', '/faults', spec);
  }

  async endFaults(): Promise<void> {
    await this.#send('DELETE', '/faults');
  }

  async right(entity: string, allowed: boolean): Promise<void> {
    await this.#send('PUT', '/permissions', { entity, allowed });
  }

  async writeRight(entity: string, right: 'add' | 'edit' | 'delete', allowed: boolean): Promise<void> {
    await this.#send('PUT', '/permissions', { entity, right, allowed });
  }

  async rights(): Promise<Readonly<Record<string, boolean>>> {
    return (await this.#send('GET', '/permissions')) as Readonly<Record<string, boolean>>;
  }

  /** A right that a fault is still to take away among them. */
  async giveRightsBack(): Promise<void> {
    const faults = (await this.#send('GET', '/faults')) as readonly {
      readonly id: string;
      readonly kind: string;
    }[];
    for (const { id, kind } of faults) if (kind === 'revoke') await this.#send('DELETE', `/faults/${id}`);
    for (const [entity, allowed] of Object.entries(await this.rights())) {
      if (!allowed) await this.right(entity, true);
    }
    const all = (await this.#send('GET', '/permissions/rights')) as {
      readonly [entity: string]: { readonly [right in 'add' | 'edit' | 'delete']: boolean };
    };
    for (const [entity, rights] of Object.entries(all)) {
      for (const right of ['add', 'edit', 'delete'] as const) {
        if (!rights[right]) await this.writeRight(entity, right, true);
      }
    }
  }

  async switches(changes: object): Promise<void> {
    await this.#send('PATCH', '/switches', changes);
  }

  /** Methods and paths of all requests since the last time. */
  async requests(): Promise<readonly { readonly method: string; readonly path: string }[]> {
    return (await this.#send('GET', '/requests')) as readonly { method: string; path: string }[];
  }

  /** The last 5,000 requests that could change something. */
  async writes(): Promise<readonly WriteSeen[]> {
    return (await this.#send('GET', '/requests/writes')) as readonly WriteSeen[];
  }

  /** Everything answers again, and all is as it was at first, but for a codebase that moved. */
  async mendAll(): Promise<void> {
    await this.endFaults();
    await this.giveRightsBack();
    await this.switches({
      missingRight: '403',
      nullFields: 'omitted',
      unknownFields: false,
      nulCharacters: false,
      missingFields: [],
      danglingReferences: [],
      falseSuccess: [],
      ticketPhaseMove: 'applied',
    });
  }
}

export type Trouble = (control: SimulatorControl, choice: Choice) => Promise<string>;

/** What a fault of some requests hits. */
const paths = [
  undefined,
  '/project/tickets',
  '/schedule/entries',
  '/time/entries',
  '/phases',
  '/notes',
  undefined,
];

function passing(name: string, spec: object): Trouble {
  return async (control, { pick, value }) => {
    const path = paths[pick % paths.length];
    const counted = {
      after: (value >> 2) % 12,
      times: 1 + (value % 4),
      ...(path === undefined ? {} : { path }),
    };
    await control.fault({ ...spec, ...counted });
    return `${name}, on ${counted.times} requests after ${counted.after}${path === undefined ? '' : ` to ${path}`}`;
  };
}

const withdrawable = [
  'phases',
  'tickets',
  'scheduleEntries',
  'timeEntries',
  'projectNotes',
  'ticketNotes',
  'teamMembers',
] as const;
/** Kinds of which ConnectWise can be asked whether there is a single one over all projects. */
const hideable = ['tickets', 'scheduleEntries', 'timeEntries'] as const;

export const troubles = {
  'fault: 429': passing('429', { kind: 'status', status: 429, retryAfter: 2 }),
  'fault: 429 as a page': passing('429 as a page', { kind: 'html', status: 429 }),
  'fault: 500 time-out': passing('500', { kind: 'status', status: 500 }),
  'fault: page of words': passing('a page of words', { kind: 'html', status: 503 }),
  'fault: broken JSON': passing('broken JSON', { kind: 'broken-json' }),
  'fault: reset': passing('a reset', { kind: 'reset' }),
  'fault: cut in the middle': passing('a reset in the middle', { kind: 'reset', half: true }),
  'fault: slow': async (control, { value }) => {
    await control.fault({ kind: 'slow', delayMs: 900, after: value % 20, times: 1 });
    return 'a slow answer';
  },
  'fault: endless page': passing('a page without end', { kind: 'endless-page' }),
  'fault: keys refused': async (control) => {
    await control.fault({ id: 'keys', kind: 'status', status: 401 });
    return 'the keys are refused';
  },
  'fault: right withdrawn': async (control, { pick }) => {
    const entity = withdrawable[pick % withdrawable.length] ?? 'tickets';
    await control.switches({ missingRight: '403' });
    await control.right(entity, false);
    return `the right to see ${entity} is withdrawn`;
  },
  'fault: right withdrawn during a run': async (control, { pick, value }) => {
    const entity = withdrawable[pick % withdrawable.length] ?? 'tickets';
    await control.switches({ missingRight: '403' });
    await control.fault({ kind: 'revoke', entity, after: value % 20, times: 1 });
    return `the right to see ${entity} is withdrawn after ${value % 20} requests`;
  },
  'fault: records hidden': async (control, { pick }) => {
    const entity = hideable[pick % hideable.length] ?? 'tickets';
    // Of the others nobody could tell it from a deletion: those are given back.
    await control.giveRightsBack();
    await control.switches({ missingRight: 'hidden' });
    await control.right(entity, false);
    return `${entity} are hidden`;
  },
  'rights given back': async (control) => {
    await control.giveRightsBack();
    return 'all rights are given back';
  },
  'fault: codebase moved': async (control, { value }) => {
    await control.fault({ kind: 'codebase', codebase: `v2026_${1 + (value % 9)}`, after: value % 15 });
    return 'the tenant is moved to another codebase';
  },
  'fault: dangling references': async (control, { pick }) => {
    const all = ['members', 'boards', 'boardStatuses', 'companies', 'workTypes'];
    await control.switches({ danglingReferences: pick % 3 === 0 ? [] : [all[pick % all.length]] });
    return 'references dangle, or no longer do';
  },
  'fault: nulls and unknown fields': async (control, { value }) => {
    await control.switches({
      nullFields: value % 2 === 0 ? 'explicit' : 'omitted',
      unknownFields: value % 3 !== 0,
      nulCharacters: value % 4 === 0,
    });
    return 'other nulls, fields that nobody knows, NULs';
  },
} as const satisfies { readonly [name: string]: Trouble };

export type TroubleName = keyof typeof troubles;
