#!/usr/bin/env bash
# A replay server among clients that misbehave: it answers others, leaks nothing, and ends in order.
set -euo pipefail
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
exec python3 "$SOURCE_DIR/tests/faults/replay_clients.py"
