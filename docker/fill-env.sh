#!/bin/sh
# Copies .env.example to a new file and makes up every password and key in it: sh docker/fill-env.sh [.env]. What only people know stays empty.
set -eu
umask 077
cd "$(dirname "$0")/.."
target="${1:-.env}"
if [ -e "$target" ]; then
  echo "$target is there already and stays as it is" >&2
  exit 1
fi
while IFS= read -r line; do
  case "$line" in
    AIRFLOW_FERNET_KEY=) echo "$line$(openssl rand -base64 32 | tr '+/' '-_')" ;;
    *_PASSWORD=|*_PASSWORD_*=|*_SECRET*=) echo "$line$(openssl rand -hex 32)" ;;
    *) echo "$line" ;;
  esac
done < .env.example > "$target"
echo "Still to be filled in $target: $(sed -n 's/^\([A-Z_]*\)=$/\1/p' "$target" | tr '\n' ' ')"
