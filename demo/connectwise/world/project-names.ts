import type { Random } from './random.ts';
import { COMPANY_NAMES } from './setup-tables.ts';

const KINDS_OF_WORK = [
  'Office 365 migration',
  'Network refresh',
  'Server consolidation',
  'Endpoint encryption roll-out',
  'New office fit-out',
  'Firewall replacement',
  'Backup and recovery review',
  'Azure landing zone',
  'SharePoint intranet',
  'Teams telephony',
  'Wi-Fi survey and upgrade',
  'ISO 27001 readiness',
  'Multi-factor sign-in for all staff',
  'Windows 11 upgrade',
  'File server to cloud',
  'Disaster recovery test',
  'Merger: joining two tenants',
  'Printer fleet renewal',
] as const;

type SpecialName = { readonly company: string; readonly name: string };

/** Names that a screen, a chat or a log must survive. */
const SPECIAL_NAMES: readonly SpecialName[] = [
  { company: 'Müller & Söhne', name: 'Müller & Söhne – Überführung der Büroserver nach Österreich' },
  { company: 'Fourth Coffee', name: '🚀 Fourth Coffee – Teams telephony go-live ☕️' },
  { company: 'Fabrikam', name: 'Fabrikam – tell @channel before the cut-over' },
  { company: 'Tailspin Toys', name: 'Tailspin Toys – <b>Network</b> &amp; Wi-Fi refresh' },
  {
    company: 'Consolidated Messenger',
    name: 'Consolidated Messenger – moving mail, files, phones and printers of nine offices to the shared cloud',
  },
  { company: 'Alpine Ski House', name: 'שדרוג רשת ומעבר לענן – ירושלים' },
];

/** Where the special names stand: the first is an ordinary one, and all six are within the first twelve. */
const SPECIAL_POSITIONS: readonly number[] = [1, 3, 4, 6, 8, 10];

export type ProjectName = { readonly company: string; readonly name: string };

/** `count` different names, each with the company that it belongs to. */
export function projectNames(random: Random, count: number): ProjectName[] {
  const taken = new Map<string, number>();
  return Array.from({ length: count }, (_, index) => {
    const special = SPECIAL_NAMES[SPECIAL_POSITIONS.indexOf(index)];
    if (special) return special;
    const company = index === 0 ? 'Contoso' : random.pick(COMPANY_NAMES);
    const work = index === 0 ? 'Office 365 migration' : random.pick(KINDS_OF_WORK);
    const plain = `${company} – ${work}`;
    const times = (taken.get(plain) ?? 0) + 1;
    taken.set(plain, times);
    return { company, name: times === 1 ? plain : `${plain} (${times})` };
  });
}
