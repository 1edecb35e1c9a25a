#!/bin/sh
set -eu
test "$(echo hello)" = hello
