package com.example.shipping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TariffTest {

    private final Tariff tariff = new Tariff();

    @Test
    void aStartedKiloIsAWholeOne() {
        assertEquals(new Quote(390 + 2 * 60, 2), tariff.quote(new Parcel(1001, "IE")));
    }

    @Test
    void farAwayCostsMoreAndTakesLonger() {
        assertEquals(new Quote(1200 + 450, 8), tariff.quote(new Parcel(1000, "NZ")));
    }

    @Test
    void aParcelThatNobodyCanCarryIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> tariff.quote(new Parcel(30_001, "IE")));
    }
}
