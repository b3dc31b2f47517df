#!/bin/bash
# Explains many pictures on one machine, some shards at a time: for machines with more cores than one process uses well.
#
#   examples/shell/explain.sh '/data/shards-{000..099}.tar' /results 8 2
#
# Eight shards, two at a time. The same line goes on after a kill; what is done says so and ends.
set -euo pipefail

pictures=$1 results=$2 shards=${3:-8} at_once=${4:-2}

seq 0 $((shards - 1)) |
  xargs -P "$at_once" -I SHARD hrm explain "$pictures" --out "$results" --write "${WRITE:-levels}" --shard "SHARD/$shards"
hrm merge "$results" --out "$results/all.parquet"
