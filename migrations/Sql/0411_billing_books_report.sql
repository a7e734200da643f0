-- The report of the last full check of the books. The check reads whole tables, so it is made by a job and only looked at by pages.
create table billing.books_report (
    only_row boolean primary key default true check (only_row),
    checked_at timestamptz not null,
    report jsonb not null
);
