/** What is to be known about ConnectWise and cannot be by reading, with the way to find out. */
import type { ProbeItem } from './probe-item.ts';

const table = 'the table of written fields of cwsync';
const noCallbacks = 'no constant: cwsync asks for changes and uses no callbacks';

export const writeItems: readonly ProbeItem[] = [
  {
    item: 'Which of scheduled*, actual* and wbsCode of a ticket can be written',
    settles: table,
    how: 'PATCH each of them on a test ticket, then GET it: a 200 alone proves nothing',
  },
  {
    item: 'Moving a ticket to another phase',
    settles: table,
    how: 'PATCH phase of a test ticket with the whole reference, then GET it and look at phase and wbsCode',
  },
  {
    item: 'How a PATCH empties a field',
    settles: 'the constant emptiedBy of cwsync',
    how: 'PATCH owner and requiredDate of a test ticket with replace and null, then GET it; if they stay, with remove',
  },
  {
    item: 'How a new project is billed where nobody says so',
    settles: 'the constant newProjectBillingMethod of cwsync',
    how: 'look at the billing method of most projects in ConnectWise',
  },
  {
    item: 'What isSelfSuppressedFlag and skipCallback do exactly',
    settles: noCallbacks,
    how: 'register a callback with the flag, edit a ticket as the API member and as a person, and see what is delivered',
  },
  {
    item: 'Resource types of bundles, and what a bundle costs',
    settles: 'no constant: cwsync sends no bundles',
    how: 'POST /system/bundles with one request of a kind, and watch how soon 429 comes',
  },
  {
    item: 'Whether the address of a callback’s key needs keys',
    settles: noCallbacks,
    how: 'GET the key_url of a delivered callback without Authorization',
  },
  {
    item: 'How long after a write a read shows it',
    settles: 'no constant: cwsync compares what a write answers, not what is read after it',
    how: 'PATCH a test ticket and GET it until it shows; by id and by list, which may differ',
  },
];
