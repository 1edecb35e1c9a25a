package com.example.shipping;

import io.micronaut.serde.annotation.Serdeable;

@Serdeable
public record Quote(int cents, int days) {
}
