/** The words of the product, explained: what the card and the lists link to. */
import type { Action, Text } from '../../ports/reply.ts';
import { strong, text } from './parts.ts';

export const topicNames = ['states', 'delta', 'comprehensive', 'logs', 'disconnect'] as const;
export type TopicName = (typeof topicNames)[number];

export type Topic = {
  readonly title: string;
  readonly lines: readonly Text[];
  readonly actions: readonly Action[];
};

/** What a topic tells that is set by an admin. */
export type TopicFacts = { readonly retentionDays: number };

const line = (word: string, meaning: string): Text => [strong(word), text(` – ${meaning}`)];

export function topicOf(name: TopicName, { retentionDays }: TopicFacts): Topic {
  switch (name) {
    case 'states':
      return states;
    case 'delta':
      return delta;
    case 'comprehensive':
      return comprehensive;
    case 'logs':
      return logsTopic(retentionDays);
    case 'disconnect':
      return disconnect;
  }
}

const states: Topic = {
  title: 'Sync Status and health',
  lines: [
    line(
      'Idle',
      'nothing is asked for. Only now it can be asked for: by Sync in the list or Refresh on the card.',
    ),
    line(
      'Requested',
      'a sync is asked for and starts at the time beside it: there is a pause between two syncs.',
    ),
    line('In Queue', 'its turn has come; the number says how many are before it.'),
    line('Syncing', 'running right now, with how far it is.'),
    line('✓ Healthy', 'the last sync succeeded and is not long ago.'),
    line('… First import', 'never synced yet: the project is being brought into the plan.'),
    line(
      '↻ Retrying',
      'the last sync failed for a cause that ends by itself; it is tried again. Retry now does not wait.',
    ),
    line(
      '⚠ Needs attention',
      'a person must act: the card says what is wrong, on whose side, and what to do.',
    ),
    line('◔ Late', 'no sync has succeeded for more than twice the usual time.'),
    line(
      '‖ Disabled',
      'taken out of the sync by somebody, or by itself after the project was closed; enable lets it sync again.',
    ),
    line('▪ Archived', 'out of the sync and of the lists until it is unarchived, then enabled.'),
    line('✕ Disconnected', 'no longer tied to ConnectWise, for good.'),
  ],
  actions: [
    { label: 'Needs attention', command: 'status --problems' },
    { label: 'Late', command: 'status --state=late' },
    { label: 'Status', command: 'status' },
  ],
};

const delta: Topic = {
  title: 'Delta sync',
  lines: [
    [
      text(
        'The usual sync, both ways: it reads what has changed in ConnectWise since the last one and brings it into the plan, then sends what was edited in the plan to ConnectWise. It is quick and takes few requests.',
      ),
    ],
    [
      text(
        'A change in ConnectWise, an edit in the plan or a person asks for it. After one has ended there is a pause before the next; what is asked for meanwhile waits and is not lost.',
      ),
    ],
    [
      text(
        'While Write to ConnectWise is off it only reads: edits stay in the plan, and sync <project> --dry-run shows what would be sent.',
      ),
    ],
    [text('It cannot see what was deleted in ConnectWise: that is found by a comprehensive sync.')],
  ],
  actions: [
    { label: 'Comprehensive sync', command: 'help comprehensive' },
    { label: 'How to sync', command: 'help sync' },
  ],
};

const comprehensive: Topic = {
  title: 'Comprehensive sync',
  lines: [
    [
      text(
        'Reads the whole project from ConnectWise and compares every record, so it finds what no change tells: deletions.',
      ),
    ],
    [
      text(
        'It is asked for by the clock, by sync <project> --full, and the first sync of a project always is one. Before it starts it says what it costs.',
      ),
    ],
    [
      text(
        'It deletes in the plan only what is gone from ConnectWise; where that is unusually much, it asks first. What left the plan can be restored for 30 days.',
      ),
    ],
  ],
  actions: [
    { label: 'Delta sync', command: 'help delta' },
    { label: 'How to sync', command: 'help sync' },
  ],
};

function logsTopic(retentionDays: number): Topic {
  return {
    title: 'The two logs',
    lines: [
      line('Integration Log', 'what the sync did and what it could not do, with what to do about it.'),
      line(
        'API Request Details',
        'each request to ConnectWise: path, outcome, duration, attempt, request id. For ConnectWise’s support.',
      ),
      [text(`Both are kept for ${retentionDays} days. A sync that changed nothing leaves one line.`)],
    ],
    actions: [
      { label: 'Integration Log', command: 'logs' },
      { label: 'API Request Details', command: 'logs --requests' },
      { label: 'Only problems', command: 'logs --errors' },
    ],
  };
}

const disconnect: Topic = {
  title: 'Disconnect',
  lines: [
    [
      text(
        'Ends the tie between a project in ConnectWise and its plan, for good: it cannot be reconnected. Nothing is deleted on either side, and the plan can still be edited.',
      ),
    ],
    [
      text(
        'The project is never linked by itself again. import brings it back as a new plan project, beside the old one.',
      ),
    ],
    [
      text(
        'To stop a sync for a while there is disable; to put a project away there is archive. Both can be taken back.',
      ),
    ],
  ],
  actions: [
    { label: 'How to disable', command: 'help disable' },
    { label: 'How to archive', command: 'help archive' },
  ],
};
