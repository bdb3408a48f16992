/** What is to be known about ConnectWise and cannot be by reading, with the way to find out. */
import type { ProbeItem } from './probe-item.ts';

const notWritten = 'no constant yet: cwsync does not write to ConnectWise';
const noCallbacks = 'no constant: cwsync asks for changes and uses no callbacks';

export const writeItems: readonly ProbeItem[] = [
  {
    item: 'Which of scheduled*, actual* and wbsCode of a ticket can be written',
    settles: notWritten,
    how: 'PATCH each of them on a test ticket, then GET it: a 200 alone proves nothing',
  },
  {
    item: 'Moving a ticket to another phase',
    settles: notWritten,
    how: 'PATCH phase of a test ticket with the whole reference, then GET it and look at phase and wbsCode',
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
    settles: notWritten,
    how: 'PATCH a test ticket and GET it until it shows; by id and by list, which may differ',
  },
];
