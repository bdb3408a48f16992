import type { CustomField } from './records.ts';

/** The set-up of the simulated tenant: what an administrator made once, before the first project. */

type BoardSeed = {
  readonly name: string;
  readonly projectFlag: boolean;
  /** In the order of the board; a leading `>` is how many tenants name a closed status. */
  readonly open: readonly string[];
  readonly closed: readonly string[];
};

export const BOARD_SEEDS: readonly BoardSeed[] = [
  {
    name: 'Projects',
    projectFlag: true,
    open: ['New', 'Scheduled', 'In Progress', 'Waiting Customer', 'On Hold'],
    closed: ['Completed', '>Closed'],
  },
  {
    name: 'Cloud Projects',
    projectFlag: true,
    open: ['New', 'Assigned', 'Work in progress', 'Waiting for vendor', 'In review'],
    closed: ['Done', 'Cancelled'],
  },
  {
    name: 'Security & Compliance',
    projectFlag: true,
    open: ['New (not triaged)', 'Planned', 'In Progress', 'Evidence needed'],
    closed: ['Closed'],
  },
  {
    name: 'Service Desk',
    projectFlag: false,
    open: ['New', 'Assigned', 'In Progress', 'Waiting Customer Response'],
    closed: ['Resolved', '>Closed'],
  },
];

export const PROJECT_STATUS_SEEDS = [
  { name: 'Open', closed: false },
  { name: 'In Progress', closed: false },
  { name: 'On-Hold', closed: false },
  { name: 'Closed', closed: true },
  { name: 'Cancelled', closed: true },
] as const;

export const PHASE_STATUS_SEEDS = [
  { name: 'Open', closed: false },
  { name: 'In Progress', closed: false },
  { name: 'Completed', closed: true },
] as const;

export const PRIORITIES = [
  { id: 1, name: 'Priority 1 - Critical' },
  { id: 2, name: 'Priority 2 - High' },
  { id: 3, name: 'Priority 3 - Medium' },
  { id: 4, name: 'Priority 4 - Low' },
] as const;

/** The custom fields of a new project ticket. */
export const TICKET_CUSTOM_FIELDS: readonly CustomField[] = [
  {
    id: 2,
    caption: 'External ID',
    type: 'Text',
    entryMethod: 'EntryField',
    numberOfDecimals: 0,
    value: null,
  },
  {
    id: 3,
    caption: 'Story Points',
    type: 'Number',
    entryMethod: 'EntryField',
    numberOfDecimals: 0,
    value: null,
  },
];

export const COMPANY_STATUS_SEEDS = [
  { name: 'Active', inactive: false, notify: false },
  { name: 'Inactive', inactive: true, notify: false },
  { name: 'Credit Hold', inactive: false, notify: true },
] as const;

export const NOTE_TYPE_SEEDS = [
  { identifier: 'Comments', name: 'Comments' },
  { identifier: 'Decision', name: 'Decision' },
  { identifier: 'Risk', name: 'Risk' },
  { identifier: 'Status', name: 'Status report' },
] as const;

export const WORK_TYPE_SEEDS = [
  { name: 'Regular', billTime: 'Billable', rate: 1 },
  { name: 'After Hours', billTime: 'Billable', rate: 1.5 },
  { name: 'Travel', billTime: 'NoCharge', rate: 1 },
  { name: 'Internal', billTime: 'DoNotBill', rate: 1 },
] as const;

export const WORK_ROLE_SEEDS = [
  { name: 'Engineer', hourlyRate: 140 },
  { name: 'Senior Engineer', hourlyRate: 175 },
  { name: 'Project Manager', hourlyRate: 160 },
] as const;

/** With the ids of a stock installation, where they are known: Sales 1 and Service 4. */
export const SCHEDULE_TYPE_SEEDS = [
  { id: 1, identifier: 'C', name: 'Sales' },
  { id: 2, identifier: 'H', name: 'Holiday' },
  { id: 3, identifier: 'V', name: 'Vacation' },
  { id: 4, identifier: 'S', name: 'Service' },
  { id: 5, identifier: 'P', name: 'Project' },
] as const;

export const SCHEDULE_STATUS_SEEDS = [
  { id: 1, name: 'Tentative', tentative: true },
  { id: 2, name: 'Firm', tentative: false },
] as const;

export const PROJECT_ROLE_SEEDS = [
  { name: 'Project Manager', manager: true },
  { name: 'Engineer', manager: false },
  { name: 'Advisor', manager: false },
] as const;

export const SERVICE_LOCATIONS = [
  { id: 1, name: 'On-Site' },
  { id: 2, name: 'Remote' },
  { id: 3, name: 'In-House' },
] as const;

/** The member that API keys belong to. */
export const API_MEMBER = 'cwsync-api';

export const PEOPLE = [
  { identifier: 'areyes', firstName: 'Ana', lastName: 'Reyes' },
  { identifier: 'mlindqvist', firstName: 'Mikael', lastName: 'Lindqvist' },
  { identifier: 'pnair', firstName: 'Priya', lastName: 'Nair' },
  { identifier: 'tbecker', firstName: 'Tom', lastName: 'Becker' },
  { identifier: 'zmueller', firstName: 'Zoë', lastName: 'Müller' },
  { identifier: 'ohaddad', firstName: 'Omar', lastName: 'Haddad' },
  { identifier: 'gokafor', firstName: 'Grace', lastName: 'Okafor' },
  { identifier: 'lwalsh', firstName: 'Liam', lastName: 'Walsh' },
  { identifier: 'ytanaka', firstName: 'Yuki', lastName: 'Tanaka' },
  { identifier: 'epetrova', firstName: 'Elena', lastName: 'Petrova' },
  { identifier: 'scarter', firstName: 'Sam', lastName: 'Carter' },
  { identifier: 'cdubois', firstName: 'Chloé', lastName: 'Dubois' },
] as const;

/** Who has left the firm, but still owns old tickets. */
export const FORMER_PERSON = 'cdubois';

export const COMPANY_NAMES = [
  'Contoso',
  'Fabrikam',
  'Northwind Traders',
  'Tailspin Toys',
  'Adventure Works',
  'Wide World Importers',
  'Litware',
  'Proseware',
  'Woodgrove Bank',
  'Coho Winery',
  'Lucerne Publishing',
  'Alpine Ski House',
  'Bellows College',
  'Humongous Insurance',
  "Margie's Travel",
  'Fourth Coffee',
  'Graphic Design Institute',
  'Trey Research',
  'VanArsdel',
  'Müller & Söhne',
  'Ångström Dental',
  'City Power & Light',
  'School of Fine Art',
  'Consolidated Messenger',
] as const;

export const CITIES = ['Tampa', 'Leeds', 'Graz', 'Utrecht', 'Porto', 'Adelaide', 'Halifax', 'Malmö'] as const;
