#!/bin/sh
# A class of Kafka's: the server, or a tool, which says little. Small and quick to start.
log=tools-log4j.properties
[ "$1" != kafka.Kafka ] || log=log4j.properties
# shellcheck disable=SC2086 # they are options
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${KAFKA_HEAP_OPTS:--Xmx512m} ${KAFKA_OPTS:-} \
    "-Dlog4j.configuration=file:/opt/kafka/config/$log" -cp '/opt/kafka/libs/*' "$@"
