#!/bin/bash
# Run once by the image when the database is made: a user for Grafana that can read and nothing else.
set -euo pipefail
clickhouse-client --user "$CLICKHOUSE_USER" --password "$CLICKHOUSE_PASSWORD" \
	--param_password="$GENESIS_GRAFANA_CLICKHOUSE_PASSWORD" --multiquery <<'SQL'
CREATE USER IF NOT EXISTS grafana IDENTIFIED WITH sha256_password BY {password:String} SETTINGS readonly = 2;
GRANT SELECT ON genesis.* TO grafana;
SQL
