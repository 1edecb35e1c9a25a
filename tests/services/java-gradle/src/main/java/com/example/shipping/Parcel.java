package com.example.shipping;

import io.micronaut.serde.annotation.Serdeable;

@Serdeable
public record Parcel(int grams, String country) {
}
