#!/bin/sh
# Runs once, when the PostgreSQL image makes its data folder. The owner migrates; the application has only the rights the
# migrations grant it. The same two roles as in the private PostgreSQL of ./run.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" <<'SQL'
create role marketplace_owner login password :'owner';
create role marketplace_app login password :'app';
create database marketplace owner marketplace_owner;
revoke all on database marketplace from public;
grant connect, temporary on database marketplace to marketplace_app;
SQL
