#!/usr/bin/env bash
# Succeeds when the server of this container is ready; the image holds no HTTP client.
set -euo pipefail

exec 3<>"/dev/tcp/127.0.0.1/${PORT:-8000}"
printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r _ status _ <&3
[[ $status == 200 ]]
