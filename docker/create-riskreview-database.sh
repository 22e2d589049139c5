#!/bin/bash
# Runs once, when PostgreSQL creates its data folder: riskreview's own role and database beside Airflow's.
set -e
psql --set ON_ERROR_STOP=1 --set password="$RISKREVIEW_DB_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE riskreview LOGIN PASSWORD :'password';
CREATE DATABASE riskreview OWNER riskreview;
SQL
