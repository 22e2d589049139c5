#!/bin/bash
# Runs once, when PostgreSQL creates its data folder: a database for Airflow with a role of its own, and riskreview's, whose roles and
# rights are made by riskreview init. Nobody else connects to either.
set -e
psql --set ON_ERROR_STOP=1 --set password="$AIRFLOW_DB_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE airflow LOGIN PASSWORD :'password';
CREATE DATABASE airflow OWNER airflow;
CREATE DATABASE riskreview;
REVOKE CONNECT, TEMPORARY ON DATABASE airflow, riskreview FROM PUBLIC;
SQL
