import type { Delivery } from './delivery.ts';
import { APP_ID, LEGACY_TOKEN, type Person, teamOf } from './directory.ts';
import type { EventDesk } from './event-desk.ts';
import type { FaultBoard } from './faults.ts';
import type { FileStore } from './file-store.ts';
import type { Roster } from './roster.ts';
import type { Triggers } from './triggers.ts';
import type { ViewStore } from './view-store.ts';
import type { ResponseUrl, Workspace } from './workspace.ts';

/** The workspace in all its parts, and how it reaches the app. */
export type AppLink = {
  readonly workspace: Workspace;
  readonly roster: Roster;
  readonly views: ViewStore;
  readonly files: FileStore;
  readonly triggers: Triggers;
  readonly delivery: Delivery;
  readonly events: EventDesk;
  readonly faults: FaultBoard;
  readonly clock: () => Date;
  /** Root of this local Slack, without a slash at the end. */
  readonly url: string;
};

export function responseAddress(link: AppLink, url: ResponseUrl): string {
  return `${link.url}${url.path}`;
}

/** The team that payloads name for this person; a fault makes it another workspace. */
export function teamFor(link: AppLink, person: Person): { readonly id: string; readonly domain: string } {
  const foreign = link.faults.foreignTeam();
  return foreign === undefined ? teamOf(person) : { id: foreign, domain: 'other' };
}

/** What every interaction payload begins with. */
export function interactionBase(link: AppLink, type: string, person: Person): Record<string, unknown> {
  const team = teamFor(link, person);
  return {
    type,
    user: { id: person.id, username: person.name, name: person.name, team_id: team.id },
    api_app_id: APP_ID,
    token: LEGACY_TOKEN,
    team,
    enterprise: null,
    is_enterprise_install: false,
  };
}
