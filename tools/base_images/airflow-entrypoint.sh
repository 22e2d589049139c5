#!/bin/bash
# Waits for Airflow's database, and for the queue where one is used, then runs airflow with the arguments given, or bash or python.
set -euo pipefail
umask 0002
tries=${CONNECTION_CHECK_MAX_COUNT:-20}

until_it_works() {
    local left=$tries
    until "$@" > /tmp/last-check 2>&1; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then
            cat /tmp/last-check >&2
            exit 1
        fi
        sleep "${CONNECTION_CHECK_SLEEP_TIME:-3}"
    done
}

queue_answers() {
    local address
    address=$(python -c "import os, urllib.parse as u; p = u.urlsplit(os.environ['AIRFLOW__CELERY__BROKER_URL']); print(p.hostname, p.port or 6379)")
    # shellcheck disable=SC2086
    nc -z $address
}

[ "$tries" -eq 0 ] || until_it_works airflow db check
case "${1:-}" in
    bash | python) exec "$@" ;;
    airflow) shift ;;
esac
case "${1:-}" in
    scheduler | celery)
        [ "$tries" -eq 0 ] || [ "${AIRFLOW__CORE__EXECUTOR:-}" != CeleryExecutor ] || until_it_works queue_answers ;;
esac
exec airflow "$@"
