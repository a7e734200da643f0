-- How often the last window of an allocation was told: a window that is told again with other content is told under the next revision.
alter table provisioning.allocation add column revision integer not null default 0 check (revision >= 0);
